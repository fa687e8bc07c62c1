"""Sends notices: for now each becomes a file in the outbox folder, named after the case and the notice's number."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from structlog.contextvars import bound_contextvars
from temporalio import activity

from activities.asks import SEND_NOTICES, Sending
from activities.clock_names import CLOCKS
from activities.codes import codes_only
from activities.phrases import ARRANGEMENTS, CUSTOMER, ENDINGS, PAGE, ROUND, STAGES, UNITS, URGENCIES, phrase_of
from domain import commands as c
from domain import events as e
from domain.actor import WORKFLOW
from domain.case import Case, Notice
from domain.entry import Entry
from domain.evolve import replay
from domain.message import Command
from domain.personal import DAMAGED, HIDDEN, LOCKED
from domain.policy import Sheet
from domain.progress import Progress
from domain.words import Audience, Language, NoticeKind
from ledger.errors import KeysUnavailable, UnknownStream
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger

log = structlog.get_logger(__name__)

PageOf = Callable[[str, str, int, datetime], str]
"""Case, language, how often its links were withdrawn, and when → the address of its customer's own page."""

LEAD = timedelta(seconds=2)
"""The workflow's timer may be a little ahead of the ledger's clock: so much is waited for here."""


class Notify:
    """Sends what the ledger asks for, then tells the ledger. Run twice it writes the same file and records once."""

    def __init__(self, ledger: Ledger, recorder: Recorder, outbox: Path, page_of: PageOf | None = None) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.outbox = outbox
        self.page_of = page_of

    @activity.defn(name=SEND_NOTICES, no_thread_cancel_exception=True)
    @codes_only
    def send_notices(self, sending: Sending) -> Progress | None:
        """Send each, unless it is sent already, and record that; the case as it is afterwards.

        One that cannot be sent does not keep back the others; it is tried again when the activity is repeated.
        """
        failure: Exception | None = None
        for number in sending.notices:
            key = f"{sending.stream}/notice/{number}"
            with bound_contextvars(case=sending.stream, command_id=key, effect=number):
                try:
                    self._settle(sending.stream, number, key)
                except UnknownStream:
                    return None
                except Exception as error:
                    failure = error
        if failure is not None:
            raise failure
        return self.recorder.progress(sending.stream)

    def _settle(self, stream: str, number: str, key: str) -> None:
        """Look whether it is still to be sent, send it, record that."""
        case = self.ledger.opened(self.recorder.load(stream)[1])
        notice = case.notices.get(number)
        if notice is None or not notice.to_be_sent:
            return
        early = notice.not_before - self.recorder.now()
        if early > timedelta() and self._is_held(stream, number, notice):
            if early <= LEAD:
                time.sleep(early.total_seconds())
                self._settle(stream, number, key)  # somebody may have taken it back meanwhile
            return
        command = self._send(stream, number, case, notice)
        if isinstance(command, c.ReportSendingFailed):
            key += "/failed"
        receipt = self.recorder.record(Submission(command, WORKFLOW, key, stream=stream))
        code = receipt.refusal.code if receipt.refusal else "accepted"
        log.info("notice_settled", kind=notice.kind.value, outcome=code, version=receipt.version)

    def _is_held(self, stream: str, number: str, notice: Notice) -> bool:
        """Whether it was to wait from the first; one that was not, is not kept by a clock that lags."""
        asked = (one for one in self.ledger.history(stream) if getattr(one.event, "notice", None) == number)
        return next(asked).recorded_at < notice.not_before

    def _send(self, stream: str, number: str, case: Case, notice: Notice) -> Command:
        """Write the file; what is then to be recorded."""
        address = address_of(case, notice)
        if address in (LOCKED, DAMAGED):
            raise KeysUnavailable("the address of a notice is locked")
        if not address or address in HIDDEN:
            return c.ReportSendingFailed(notice=number, code="no_address")
        content = letter(
            stream,
            number,
            case,
            notice,
            address,
            self.ledger.sheet(case.sheet),
            self.ledger.opened(self.ledger.history(stream)),
            self.recorder.secret_word(f"letter/{stream}/{number}"),
            self.page_of,
        )
        if LOCKED in content.decode():
            raise KeysUnavailable("what a notice says is locked")
        name = f"{stream}-{number}.txt"
        write(self.outbox / name, content)
        return c.ConfirmSending(notice=number, reference=name, sha256=hashlib.sha256(content).hexdigest())


def address_of(case: Case, notice: Notice) -> str:
    """Where it goes: a customer's contact, or the id of a member of staff, whom the organisation's directory knows."""
    return " ".join(case.intake.contact.split()) if notice.audience is Audience.CUSTOMER else notice.to


def letter(
    stream: str,
    number: str,
    case: Case,
    notice: Notice,
    address: str,
    sheet: Sheet,
    history: Sequence[Entry],
    secret: str = "",
    page_of: PageOf | None = None,
) -> bytes:
    """The notice as a file: some lines that say what it is, an empty line, the text. Same facts, same bytes.

    ``secret`` is a word that nobody can guess, so that nobody finds out from the file's digest what was written.
    """
    known = until_asked(history, number)
    first = until_asked(history, first_asked(history, number))  # one that is sent again tells what it was to tell
    then = replay(known)
    language = notice.language
    passed = passed_limit(history, number) if notice.kind is NoticeKind.ESCALATION else None
    due = passed.event.due if passed else due_of(notice.kind, first)
    facts = {
        "case": stream,
        "name": case.intake.customer_name or CUSTOMER[language],
        "title": sheet.title.get(language) or sheet.kind,
        "stage": STAGES.get(then.stage, {}).get(language, then.stage.value),
        "urgency": URGENCIES[then.urgency][language],
        "text": text_of(notice, first),
        "due": instant(due) if due else "—",
        "ending": ENDINGS[then.ending][language] if then.ending else "—",
        "clock": clock_name(passed.event.clock, language) if passed else "—",
        "late": span(passed.entry.recorded_at - passed.event.due, language) if passed else "—",
    }
    phrase = phrase_of(notice.kind, language, sheet)
    subject, body = phrase.subject.format_map(Facts(facts)), phrase.body.format_map(Facts(facts))
    if page_of is not None and notice.audience is Audience.CUSTOMER:
        page = page_of(stream, language.value, case.links, known[-1].recorded_at)
        body = f"{body}\n\n{PAGE[language].format(page=page)}"
    head = {
        "To": address,
        "Case": stream,
        "Notice": number,
        "Id": secret,
        "Kind": notice.kind.value,
        "Language": language.value,
        "Subject": subject,
    }
    lines = "".join(f"{name}: {value}\n" for name, value in head.items())
    return f"{lines}\n{body}\n".encode()


class Facts(dict[str, str]):
    """Facts of a case by name. What only a newer program knows is left open: a letter is sent all the same."""

    def __missing__(self, name: str) -> str:
        return "—"


def until_asked(history: Sequence[Entry], number: str) -> list[Entry]:
    """What was known when the notice was asked for: up to its request, and what was recorded together with that."""
    for entry in history:
        if getattr(entry.event, "notice", None) == number:
            return [
                other for other in history if other.version <= entry.version or other.command_id == entry.command_id
            ]
    return list(history)


def text_of(notice: Notice, known: Sequence[Entry]) -> str:
    """The words that this notice is about, from the newest entry that has them."""
    for entry in reversed(known):
        match notice.kind, entry.event:
            case NoticeKind.PROGRESS, e.ProgressTold(text=text):
                return text
            case NoticeKind.QUESTION, e.QuestionAsked(text=text):
                return text
            case NoticeKind.HAND_OVER, e.HandOverOffered(reason=reason):
                return reason
            case NoticeKind.HAND_OVER, e.CaseAssigned():
                return ""
            case ((NoticeKind.PROPOSAL | NoticeKind.REMINDER), e.InquiryAnswered(text=text)):
                return text
            case NoticeKind.REPORTED_UPWARD, e.CaseReportedUpward(reason=reason):
                return reason
            case ((NoticeKind.PROPOSAL | NoticeKind.REMINDER | NoticeKind.APPROVAL), e.RemedyProposed()):
                return proposal(entry.event, notice)
            case NoticeKind.WRITTEN_RESULT, e.CaseClosed(reason=reason):
                return reason
    return ""


@dataclass(frozen=True)
class Passed:
    """A time limit that has passed, and the entry that brings it before somebody."""

    entry: Entry
    event: e.ClockEscalated


def passed_limit(history: Sequence[Entry], number: str) -> Passed | None:
    """What an escalation is about: it stands right before the notice that it asks for, sent for the first time."""
    number = first_asked(history, number)
    newest: Passed | None = None
    for entry in history:
        if isinstance(entry.event, e.ClockEscalated):
            newest = Passed(entry, entry.event)
        if getattr(entry.event, "notice", None) == number:
            break
    return newest


def first_asked(history: Sequence[Entry], number: str) -> str:
    """The notice that this one is sent in place of; itself, when it is the first."""
    requests = [entry.event for entry in history if isinstance(entry.event, e.NoticeRequested)]
    replaced = {request.notice: request.replaces for request in requests}
    while replaced.get(number):
        number = replaced[number]
    return number


def clock_name(clock: str, language: Language) -> str:
    """A time limit in the reader's language; one that nobody translated by its name in the sheet."""
    base, _, round_ = clock.partition("#")
    name = CLOCKS.get(base, "") if language is Language.ZH else ""
    name = name or base.replace("_", " ").replace("-", " ")
    return ROUND[language].format(clock=name, round=round_) if round_ else name


def span(time: timedelta, language: Language) -> str:
    """How long, in the largest two units that there are."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    numbers = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    parts = [unit.format(number=number) for number, unit in zip(numbers, UNITS[language], strict=True) if number]
    return " ".join(parts[:2]) or UNITS[language][2].format(number=0)


def proposal(event: e.RemedyProposed, notice: Notice) -> str:
    """A proposal, line by line."""
    lines = [event.summary]
    if event.arrangement is not None:
        lines.append(f"· {ARRANGEMENTS[event.arrangement][notice.language]}")
    if event.amount is not None:
        lines.append(f"· {event.amount} {event.currency}")
    lines += [f"· {measure.text}" + (f" ({instant(measure.due)})" if measure.due else "") for measure in event.measures]
    return "\n".join(lines)


def due_of(kind: NoticeKind, known: Sequence[Entry]) -> datetime | None:
    """Until when an answer is asked for."""
    for entry in reversed(known):
        match kind, entry.event:
            case NoticeKind.QUESTION, e.QuestionAsked(due=due):
                return due
            case NoticeKind.SURVEY, e.SurveyInvited(lapse_at=due):
                return due
    return None


def instant(at: datetime) -> str:
    """An instant for people; the time zone is named because the reader may be anywhere."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def write(path: Path, content: bytes) -> None:
    """The whole file or nothing, readable by its owner only; written again it is the same file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")  # 0600 from the first moment
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
