"""Signing in: what is told to whom, how long somebody waits, when a session ends, and what the log keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import psycopg
import pytest
from argon2 import PasswordHasher
from psycopg import sql

from api.identity.access import Access
from api.identity.log import Occasion, Whence
from api.identity.passwords import Passwords
from api.identity.throttle import OF_A_USER, OF_AN_ADDRESS
from api.identity.users import Change, Users
from api.problems import Problem
from domain.actor import Role
from tests.api.identity.conftest import PASSWORD, Add, Clock
from worker.stack.postgres import APPLICATION_LOGIN, AUDITOR_LOGIN, OWNER_ROLE, PostgresServer


def refused(access: Access, user: str, password: str, whence: Whence) -> Problem:
    """The problem with which an attempt ends."""
    with pytest.raises(Problem) as caught:
        access.sign_in(user, password, whence)
    return caught.value


def test_whoever_signs_in_is_known_by_the_secret_of_the_session(access: Access, add: Add, here: Whence) -> None:
    user = add(Role.AGENT, Role.LEAD, department="hotline", language="zh")

    begun = access.sign_in(f" {user.id.upper()} ", PASSWORD, here)

    person = access.of_session(begun.secret)
    assert person is not None
    assert (person.actor, person.name, person.language) == (user.actor, "Li Wei", "zh")
    assert person.may("see_case")
    assert not person.may("administer")


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer_and_the_log_tells_them_apart(
    access: Access, add: Add, users: Users, here: Whence
) -> None:
    user, gone = add(), add()
    users.disable(gone.id)

    problems = [
        refused(access, user.id, "something else entirely", here),
        refused(access, f"nobody-{here.address}", "something else entirely", here),
        refused(access, gone.id, PASSWORD, here),
    ]

    assert len({(problem.status, problem.code, problem.detail, str(problem.params)) for problem in problems}) == 1
    lines = [line for line in access.log(limit=20) if line.address == here.address][:5]
    failed = [(line.account, line.details["reason"]) for line in lines if line.what is Occasion.SIGN_IN_FAILED]
    assert failed == [(gone.id, "user_disabled"), ("", "unknown_user"), (user.id, "wrong_password")]


def test_what_an_unknown_user_typed_is_kept_nowhere(access: Access, here: Whence, owner_of_access: str) -> None:
    refused(access, "my-secret-password-typed-into-the-wrong-field", "x", here)

    with psycopg.connect(owner_of_access) as connection:
        for table in ("log", "throttle"):
            rows = connection.execute(f"SELECT * FROM casefold_access.{table}").fetchall()
            assert "my-secret-password" not in str(rows)


def test_an_unknown_user_costs_as_much_work_as_a_wrong_password(access: Access, add: Add, here: Whence) -> None:
    counted: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            counted.append(str(hash)[:20])
            return super().verify(hash, password)

    access.passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))

    refused(access, add().id, "something else entirely", here)
    refused(access, f"nobody-{here.address}", "something else entirely", here)

    assert len(counted) == 2
    assert len(set(counted)) == 1  # with the same parameters


# ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_wait_grows_with_each_failure_and_holds_for_the_right_password_too(
    access: Access, add: Add, here: Whence, clock: Clock
) -> None:
    user = add()
    waits: list[float] = []
    for _ in range(OF_A_USER.free + 9):
        problem = refused(access, user.id, "wrong wrong wrong", here)
        if problem.code == "too_many_attempts":
            assert refused(access, user.id, PASSWORD, here).code == "too_many_attempts"
            waits.append(problem.params["seconds"])
            clock.passes(seconds=waits[-1])
            problem = refused(access, user.id, "wrong wrong wrong", here)
        assert problem.code == "sign_in_failed"
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]

    clock.passes(seconds=60)
    assert access.sign_in(user.id, PASSWORD, here).account.id == user.id
    assert refused(access, user.id, "wrong wrong wrong", here).code == "sign_in_failed"
    assert access.sign_in(user.id, PASSWORD, here).account.id == user.id  # it has begun anew
    delays = [line for line in access.log(user.id) if line.what is Occasion.SIGN_IN_DELAYED]
    assert len(delays) == len(waits)  # a line for each wait, not for each attempt


def test_the_sentence_says_how_long_to_wait_and_the_header_says_it_to_programs(
    access: Access, here: Whence, clock: Clock
) -> None:
    for _ in range(OF_A_USER.free + 3):
        problem = refused(access, f"nobody-{here.address}", "x", here)
        clock.passes(seconds=float(problem.params.get("seconds", 0)))
    refused(access, f"nobody-{here.address}", "x", here)

    problem = refused(access, f"nobody-{here.address}", "x", here)

    assert (problem.status, problem.code) == (429, "too_many_attempts")
    assert f"Wait {problem.params['seconds']} seconds" in problem.detail.format(**problem.params)
    assert problem.headers["Retry-After"] == str(problem.params["seconds"])


def test_many_attempts_at_the_same_moment_gain_nothing(access: Access, add: Add, here: Whence) -> None:
    user = add()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: refused(access, user.id, "wrong wrong wrong", here).code, range(24)))

    assert codes.count("sign_in_failed") <= OF_A_USER.free + 1
    assert codes.count("too_many_attempts") >= 24 - OF_A_USER.free - 1


def test_an_address_that_tries_many_users_is_slowed_down(access: Access, add: Add, here: Whence) -> None:
    for number in range(OF_AN_ADDRESS.free + 1):
        assert refused(access, f"guess-{number}", "x", here).code == "sign_in_failed"

    assert refused(access, add().id, PASSWORD, here).code == "too_many_attempts"


def test_a_stranger_cannot_keep_a_user_waiting_where_they_have_signed_in_before(
    access: Access, add: Add, here: Whence
) -> None:
    user, elsewhere = add(), Whence("198.51.100.7")
    access.sign_in(user.id, PASSWORD, here)

    while refused(access, user.id, "x", elsewhere).code == "sign_in_failed":
        pass

    assert access.sign_in(user.id, PASSWORD, here).account.id == user.id


# ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hash_with_old_parameters_is_made_again_at_the_next_sign_in(access: Access, add: Add, here: Whence) -> None:
    user = add()
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    access.passwords = Passwords(stronger)

    access.sign_in(user.id, PASSWORD, here)

    from api.identity import accounts

    stored = access.storage.run(lambda transaction: accounts.password_of(transaction, user.id))
    assert stored is not None
    assert not stronger.check_needs_rehash(stored)
    access.sign_in(user.id, PASSWORD, here)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("x" * 300, "password_long"),
        ("aaaaaaaaaaaaaaaa", "password_guessable"),
        ("password1234567890", "password_guessable"),
        ("Zhang-San-2026", "password_guessable"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(users: Users, password: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        users.add("zhang-san-", "Zhang-San", password=password)
    assert caught.value.code == code


def test_a_password_may_be_typed_in_any_script_and_on_any_keyboard(access: Access, add: Add, here: Whence) -> None:
    user = add(password="四个很长的词语就是好密码 café")

    access.sign_in(user.id, "四个很长的词语就是好密码 cafe\u0301", here)


def test_changing_the_password_ends_all_other_sessions(access: Access, add: Add, here: Whence) -> None:
    user = add()
    phone, desk = (access.sign_in(user.id, PASSWORD, here).secret for _ in range(2))

    with pytest.raises(Problem, match="password_wrong"):
        access.change_password(user.id, "not the one I have", "another good long one", here, secret=desk)
    assert access.log(user.id)[0].what is Occasion.SIGN_IN_FAILED
    access.change_password(user.id, PASSWORD, "another good long one", here, secret=desk)

    assert access.of_session(desk) is not None
    assert access.of_session(phone) is None
    assert refused(access, user.id, PASSWORD, here).code == "sign_in_failed"
    access.sign_in(user.id, "another good long one", here)


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_session_ends_when_nobody_asks_for_a_while(access: Access, add: Add, here: Whence, clock: Clock) -> None:
    secret = access.sign_in(add().id, PASSWORD, here).secret
    clock.passes(minutes=119)
    assert access.of_session(secret) is not None
    clock.passes(minutes=119)
    assert access.of_session(secret) is not None  # somebody asked meanwhile

    clock.passes(minutes=121)

    assert access.of_session(secret) is None


def test_a_session_ends_after_a_days_work_however_busy_it_is(
    access: Access, add: Add, here: Whence, clock: Clock
) -> None:
    secret = access.sign_in(add().id, PASSWORD, here).secret
    for _ in range(11):
        clock.passes(hours=1)
        assert access.of_session(secret) is not None

    clock.passes(hours=1)

    assert access.of_session(secret) is None


def test_signing_out_ends_this_session_and_signing_out_everywhere_all(access: Access, add: Add, here: Whence) -> None:
    user = add()
    one, two, three = (access.sign_in(user.id, PASSWORD, here).secret for _ in range(3))

    access.sign_out(one, here)
    assert [access.of_session(secret) is None for secret in (one, two, three)] == [True, False, False]
    assert len(access.sessions(user.id)) == 2

    assert access.sign_out_everywhere(user.id, here) == 2
    assert access.of_session(two) is None
    assert access.of_session(three) is None


def test_a_lost_telephone_is_signed_out_by_its_number_and_only_by_its_owner(
    access: Access, add: Add, here: Whence
) -> None:
    user, other = add(), add()
    secret = access.sign_in(user.id, PASSWORD, here).secret
    (session,) = access.sessions(user.id)

    with pytest.raises(Problem, match="unknown_session"):
        access.end_session(other.id, session.number, here)
    access.end_session(user.id, session.number, here)

    assert access.of_session(secret) is None


def test_disabling_a_user_ends_sessions_tokens_and_links_at_once(
    access: Access, add: Add, users: Users, here: Whence
) -> None:
    user = add()
    secret = access.sign_in(user.id, PASSWORD, here).secret
    token = access.make_token(user.id, "export", ["cases:read"]).secret
    link = users.invite(user.id)

    users.disable(user.id)

    assert access.of_session(secret) is None
    with pytest.raises(Problem, match="token_not_valid"):
        access.of_token(token, here)
    with pytest.raises(Problem, match="link_spent"):
        access.look_at_link(link.removeprefix("/welcome/"))
    users.enable(user.id)
    access.sign_in(user.id, PASSWORD, here)
    with pytest.raises(Problem, match="token_not_valid"):
        access.of_token(token, here)  # it stays revoked


def test_other_roles_hold_from_the_next_request_on(access: Access, add: Add, users: Users, here: Whence) -> None:
    user = add(Role.AGENT)
    secret = access.sign_in(user.id, PASSWORD, here).secret

    users.change(user.id, Change(roles=(Role.AUDITOR,), department=""))

    person = access.of_session(secret)
    assert person is not None
    assert person.may("audit")
    assert not person.may("work_case")
    (line, *_) = [line for line in access.log(user.id) if line.what is Occasion.USER_CHANGED]
    assert (line.by, line.details["before"]["roles"], line.details["after"]["roles"]) == (
        "root",
        ["agent"],
        ["auditor"],
    )


def test_somebody_must_be_left_who_looks_after_users(empty: Access, here: Whence) -> None:
    users = Users(empty, "root", here)
    users.add("one", "One", administrator=True, password=PASSWORD)
    users.add("two", "Two", administrator=True, password=PASSWORD)
    users.add("three", "Three", administrator=True)  # who has not come yet

    users.change("one", Change(administrator=False))

    with pytest.raises(Problem, match="last_administrator"):
        users.disable("two")
    with pytest.raises(Problem, match="last_administrator"):
        users.change("two", Change(administrator=False))
    assert users.change("two", Change(name="Two Li")).administrator
    users.disable("one")


@pytest.mark.parametrize(
    ("id_", "code"),
    [
        ("x", "id_wrong"),
        ("li wei", "id_wrong"),
        ("li:lead", "id_wrong"),
        ("李", "id_wrong"),
        ("casefold", "id_reserved"),
    ],
)
def test_an_id_can_stand_in_the_ledger_and_is_not_the_programs_own(users: Users, id_: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        users.add(id_, "Li Wei")
    assert caught.value.code == code


def test_an_id_is_given_once_and_no_user_is_the_system(users: Users, add: Add) -> None:
    user = add()
    users.disable(user.id)

    with pytest.raises(Problem, match="id_taken"):
        users.add(user.id, "Somebody else")
    with pytest.raises(Problem, match="role_of_program"):
        users.add("sneaky", "Sneaky", [Role.SYSTEM])


# ── The log ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def owner_of_access(postgres: PostgresServer, access: Access) -> str:
    """The database of these tests, as its owner."""
    return postgres.url(OWNER_ROLE, _database(access))


def _database(access: Access) -> str:
    return str(access.storage.run(lambda transaction: transaction.rows("SELECT current_database() AS name"))[0]["name"])


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("role", [APPLICATION_LOGIN, OWNER_ROLE])
@pytest.mark.parametrize("statement", ["UPDATE {} SET account = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_or_removes_a_line_of_the_log(
    access: Access, add: Add, postgres: PostgresServer, role: str, statement: str
) -> None:
    add()
    log = sql.Identifier("casefold_access", "log")
    with psycopg.connect(postgres.url(role, _database(access))) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(sql.SQL(statement).format(log))
    assert "permission denied" in str(caught.value) or "never changed or removed" in str(caught.value)


def test_the_auditor_reads_the_log_and_no_hash(
    access: Access, add: Add, postgres: PostgresServer, here: Whence
) -> None:
    user = add()
    access.sign_in(user.id, PASSWORD, here)
    readable = ("log", "account", "(SELECT account, seen_at FROM casefold_access.session)")
    secret = ("password", "session", "token", "link", "throttle")
    with psycopg.connect(postgres.url(AUDITOR_LOGIN, _database(access)), autocommit=True) as connection:
        for table in readable:
            name = table if table.startswith("(") else f"casefold_access.{table}"
            assert connection.execute(f"SELECT count(*) FROM {name} AS t").fetchone() != (0,)
        for table in secret:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM casefold_access.{table}")


def test_only_digests_of_secrets_are_kept(
    access: Access, add: Add, users: Users, owner_of_access: str, here: Whence
) -> None:
    user = add()
    secrets = [
        access.sign_in(user.id, PASSWORD, here).secret,
        access.make_token(user.id, "export", ["cases:read"]).secret,
        users.invite(user.id).removeprefix("/welcome/"),
        PASSWORD,
    ]
    with psycopg.connect(owner_of_access) as connection:
        for table in ("account", "password", "session", "token", "link", "throttle", "log"):
            rows = str(connection.execute(f"SELECT * FROM casefold_access.{table}").fetchall())
            for secret in secrets:
                assert secret not in rows
                assert secret.encode().hex() not in rows
