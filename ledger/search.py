"""Search over what cases say: words, numbers, Chinese of two characters and more; readable in an UNLOGGED table only.

A token is a word in small letters, a pair of neighbouring Chinese characters, or the last four digits of a number. The
tokens find candidates by an index, also of words that are only begun; the content then says whether they really stand
there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row, tuple_row

from domain.case import Case, Intake
from domain.personal import HIDDEN, LOCKED
from domain.summary import Summary
from ledger.store import Ledger

FIELDS = (
    "customer_name",
    "contact",
    "matter",
    "remedy_sought",
    "fault",
    "order",
    "product",
    "serial_number",
    "reference",
)
"""What is searched of the intake record; the customer number and the case's own number besides."""
MOST_TOKENS = 2000
CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
PIECES = re.compile(rf"[{CHINESE}]+|[^\W{CHINESE}_]+(?:[.@+\-][^\W{CHINESE}_]+)*")
LONGEST = 64
"""Characters of a token: an index takes no longer ones than a few hundred, and nobody types them."""
LAST = 4
"""Digits at the end of a number by which people ask for it."""
NONE_YET = """
SELECT s."case" FROM casefold_views.case_summary AS s
LEFT JOIN casefold_views.case_text AS t USING ("case") WHERE t."case" IS NULL OR t.locked
UNION
SELECT s."case" FROM casefold_views.case_summary AS s
JOIN casefold_views.case_text AS t USING ("case")
JOIN casefold.stored_events AS e ON e.originator_id = 'subject:' || s.subject
     AND e.topic IN ('SubjectErased', 'SubjectRestricted', 'SubjectReleased')
WHERE s.subject <> '' AND t.made_after < e.notification_id
ORDER BY 1
"""
UPSERT = """
INSERT INTO casefold_views.case_text ("case", content, tokens, locked, made_after)
VALUES (%(case)s, %(content)s, %(tokens)s, %(locked)s, %(made_after)s)
ON CONFLICT ("case") DO UPDATE SET content = excluded.content, tokens = excluded.tokens, locked = excluded.locked,
       made_after = excluded.made_after
"""
FORGET = 'DELETE FROM casefold_views.case_text WHERE "case" = %s RETURNING 1'
SAYS = "array_to_tsvector(t.tokens) @@ %(query)s::tsquery AND t.content LIKE ALL (%(patterns)s::text[])"
"""The condition that a case says something; an index has the same expression."""
FEW = 1000
"""Cases that say something, at most, to be ordered after they were found; of a common word not all are looked at."""
CANDIDATES = f'SELECT t."case" FROM casefold_views.case_text AS t WHERE {SAYS} LIMIT %(few)s'
COLUMNS = ", ".join(f's."{field.name}"' for field in fields(Summary))
FIND = f"""
SELECT {COLUMNS} FROM ({CANDIDATES}) AS t JOIN casefold_views.case_summary AS s USING ("case")
WHERE (%(departments)s::text[] IS NULL OR department = ANY (%(departments)s)) AND (SIGHT)
ORDER BY s.over, s.received_at DESC, s."case" DESC LIMIT %(limit)s
"""

Sight = tuple[str, Mapping[str, Any]]
"""Which rows may be seen at all: a condition and its parameters."""
EVERYTHING: Sight = ("true", {})
IN_DEPARTMENTS = "department = ANY(%(sight_departments)s)"
OWN = "(responsible = %(sight_person)s OR offered_to = %(sight_person)s)"
DEPARTMENTS_OR_OWN = f"({IN_DEPARTMENTS} OR {OWN})"
"""The condition of who sees the cases of some departments and their own; lists are asked for by either part of it."""


@dataclass(frozen=True)
class Text:
    """What a case says, made ready to be searched."""

    case: str
    content: str
    tokens: tuple[str, ...]
    locked: bool
    made_after: int = 0
    """The newest entry of the ledger when it was made: what is said of its person later makes it anew."""


def normal(text: str) -> str:
    """One spelling: width and case do not matter, white space is a blank."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tokens_of(text: str) -> set[str]:
    """The tokens of a text in its one spelling."""
    found: set[str] = set()
    for piece in PIECES.findall(text):
        if re.match(rf"[{CHINESE}]", piece):
            found.update(piece[at : at + 2] for at in range(len(piece) - 1))
            found.add(piece[-1])  # the others begin a pair
            continue
        found.add(piece)
        parts = re.split(r"[.@+\-]", piece)
        found.update(parts)
        found.update(part[-LAST:] for part in parts if len(part) > LAST and part.isdecimal())
    return {token[:LONGEST] for token in found if token}


def asked_for(text: str) -> tuple[list[str], list[str]]:
    """Tokens that must be there, and patterns that must match, for what somebody typed; both empty for nothing."""
    words = normal(text).split()
    tokens: set[str] = set()
    for word in words:
        for piece in PIECES.findall(word):
            if re.match(rf"[{CHINESE}]", piece):
                tokens.update({piece[at : at + 2] for at in range(len(piece) - 1)} or {piece})
            else:
                tokens.add(piece[:LONGEST])
    patterns = ["%" + re.sub(r"([%_\\])", r"\\\1", word) + "%" for word in words]
    return sorted(tokens), patterns


def query_of(tokens: Sequence[str]) -> str:
    """Tokens as the database's text search asks for them: pairs of Chinese characters whole, all else may go on."""
    words = ((token, "" if re.match(rf"[{CHINESE}]{{2}}", token) else ":*") for token in tokens)
    return " & ".join("'" + token.replace("\\", "\\\\").replace("'", "''") + f"'{more}" for token, more in words)


def text_of(case: str, state: Case, intake: Intake) -> Text:
    """What a case says, with its intake record opened, and what stands in its line."""
    offer = state.assignment or state.hand_over
    people = [state.department, state.responsible, offer.to if offer else ""]
    line = [state.kind, state.category, state.subcategory, *people]
    values = [case, state.customer, *(str(getattr(intake, name)) for name in FIELDS), *line]
    readable = [normal(value) for value in values if value and value not in HIDDEN]
    digits = re.sub(r"\D", "", intake.contact) if "@" not in intake.contact else ""
    if digits:
        readable.append(digits)
    tokens = sorted(set().union(*map(tokens_of, readable)))[:MOST_TOKENS]
    return Text(case, "\n".join(readable), tuple(tokens), LOCKED in values)


def texts_of(ledger: Ledger, states: Mapping[str, Any]) -> list[Text]:
    """What these cases say; their keys are fetched at once."""
    newest = ledger.newest()
    if ledger.ring is not None:
        ledger.ring.fetch({state.subject for state in states.values() if state.subject}, afresh=True)
    texts = (text_of(case, state, ledger.opened(state.intake)) for case, state in states.items())
    return [replace(text, made_after=newest) for text in texts]


def forget_text(ledger: Ledger, case: str) -> int:
    """Take away what is searched of a case; how many rows that was."""
    return len(ledger.query(FORGET, [case]))


def write_texts(connection: Connection[Any], texts: Iterable[Text]) -> None:
    """Write these rows, in the order of their keys."""
    rows = [
        {
            "case": text.case,
            "content": text.content,
            "tokens": list(text.tokens),
            "locked": text.locked,
            "made_after": text.made_after,
        }
        for text in sorted(texts, key=lambda text: text.case)
    ]
    if rows:
        connection.cursor().executemany(UPSERT, rows)


def without_text(ledger: Ledger) -> Iterator[str]:
    """The cases that cannot be searched yet: after a crash all of them, and those whose keys could not be had."""
    for (case,) in ledger.query(NONE_YET):
        yield case


def find(
    connection: Connection[Any],
    text: str,
    *,
    limit: int = 50,
    departments: Sequence[str] | None = None,
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """The summaries of the cases that hold all the words of a text, open ones first, then the newest.

    ``sight`` is the condition, with its parameters, that says which rows may be seen at all.
    """
    tokens, patterns = asked_for(text)
    if not tokens:
        return []
    wanted = {"query": query_of(tokens), "patterns": patterns, "limit": limit, "departments": departments, "few": FEW}
    statement = FIND.replace("SIGHT", sight[0])
    return connection.cursor(row_factory=dict_row).execute(statement.encode(), {**wanted, **sight[1]}).fetchall()


def candidates(connection: Connection[Any], text: str) -> list[str] | None:
    """The cases that hold all the words of a text; None when they are more than a `FEW`."""
    tokens, patterns = asked_for(text)
    if not tokens:
        return []
    wanted = {"query": query_of(tokens), "patterns": patterns, "few": FEW + 1}
    cursor = connection.cursor(row_factory=tuple_row).execute(CANDIDATES, wanted, prepare=False)
    found = [case for (case,) in cursor.fetchall()]
    return found if len(found) <= FEW else None
