"""Links that work once: the first user makes themselves, others choose a password."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.identity import first_start
from api.identity.access import Access
from api.identity.log import Occasion, Whence
from api.identity.users import Users
from api.problems import Problem
from domain.actor import Role
from ledger.store import Ledger
from tests.api.identity.conftest import PASSWORD, Add, Clock


def secret_in(path: str | None) -> str:
    """The secret of a link."""
    assert path is not None
    assert path.startswith("/welcome/")
    return path.removeprefix("/welcome/")


def code_of(attempt: object) -> str:
    """What becomes of an attempt."""
    with pytest.raises(Problem) as caught:
        attempt()  # type: ignore[operator]
    return caught.value.code


@pytest.mark.requirement("H-01")
def test_the_first_start_gives_a_link_by_which_one_administrator_makes_themselves(
    database_url: str, empty: Access, here: Whence
) -> None:
    with Ledger(database_url) as ledger:
        first, second = secret_in(first_start(ledger)), secret_in(first_start(ledger))
        assert empty.look_at_link(first).first

        begun = empty.use_link(first, PASSWORD, here, user="Wang", name="Wang Fang", department="hotline")

        assert first_start(ledger) is None
    person = empty.of_session(begun.secret)
    assert person is not None
    assert (person.id, person.administrator, person.actor.department) == ("wang", True, "hotline")
    assert person.may("administer")
    for secret in (first, second):  # used; and too late
        assert code_of(lambda secret=secret: empty.look_at_link(secret)) == "link_spent"
        assert (
            code_of(lambda secret=secret: empty.use_link(secret, PASSWORD, here, user="eve", name="Eve"))
            == "link_spent"
        )
    assert [line.what for line in empty.log()] == [Occasion.SIGNED_IN, Occasion.LINK_USED, Occasion.USER_ADDED]


def test_of_many_who_open_first_links_at_the_same_moment_one_becomes_the_first_user(
    empty: Access, here: Whence
) -> None:
    secrets = [secret_in(empty.first_link()) for _ in range(3)] * 2

    def attempt(numbered: tuple[int, str]) -> str:
        number, secret = numbered
        try:
            return empty.use_link(secret, PASSWORD, here, user=f"user{number}", name="Somebody").account.id
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(6) as pool:
        ends = list(pool.map(attempt, enumerate(secrets)))

    assert len([end for end in ends if end.startswith("user")]) == 1
    assert ends.count("link_spent") == 5
    assert len(Users(empty, "x", here).all()) == 1


def test_a_link_lasts_a_day_and_outlives_a_bad_password(empty: Access, here: Whence, clock: Clock) -> None:
    secret = secret_in(empty.first_link())
    clock.passes(hours=23)

    assert code_of(lambda: empty.use_link(secret, "short", here, user="wang", name="Wang")) == "password_short"
    assert code_of(lambda: empty.use_link(secret, PASSWORD, here, user="w", name="Wang")) == "id_wrong"
    assert empty.look_at_link(secret).first

    clock.passes(hours=2)
    assert code_of(lambda: empty.use_link(secret, PASSWORD, here, user="wang", name="Wang")) == "link_spent"


def test_an_invited_user_chooses_a_password_and_is_signed_in(access: Access, users: Users, here: Whence) -> None:
    invited = users.add(f"new-{here.address}", "Zhao Lei", [Role.EXPERT], language="zh")
    assert invited.state == "invited"
    secret = secret_in(users.invite(invited.id))
    assert access.look_at_link(secret).account == invited

    begun = access.use_link(secret, PASSWORD, here, user="somebody-else", name="Else", roles=[Role.LEAD])

    person = access.of_session(begun.secret)
    assert person is not None
    assert (person.id, person.actor.roles, person.administrator) == (invited.id, (Role.EXPERT,), False)
    access.sign_in(invited.id, PASSWORD, here)


def test_a_new_link_replaces_the_one_before_and_a_new_password_ends_old_sessions(
    access: Access, users: Users, add: Add, here: Whence
) -> None:
    user = add()
    session = access.sign_in(user.id, PASSWORD, here).secret
    old, new = secret_in(users.invite(user.id)), secret_in(users.invite(user.id))

    assert code_of(lambda: access.look_at_link(old)) == "link_spent"
    access.use_link(new, "another good long one", here)

    assert access.of_session(session) is None
    assert code_of(lambda: access.sign_in(user.id, PASSWORD, here)) == "sign_in_failed"
