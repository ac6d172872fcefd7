"""The own account: a new password for the current one, and the end of one's other sessions."""

from __future__ import annotations

import pytest

from console import account, login, sessions, users
from console.users import Forbidden, Role
from etl_batch.errors import Busy, UsageError
from etl_batch.security.audit import AuditLog

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"


@pytest.fixture
def viewer(people):
    """Somebody with an account."""
    return people[Role.VIEWER]


def open_three(home, user):
    """Three sessions; the first is the one at hand."""
    return [sessions.start(home, user, f"10.0.0.{number}") for number in range(3)]


def test_a_new_password_for_the_current_one(home, viewer):
    """The new one signs in, the old one does not; the session at hand goes on and the others end; it is recorded."""
    here, *others = open_three(home, viewer)
    assert account.change_password(home, viewer, PASSWORD, OTHER, sessions.number_of(here)) == 2
    assert sessions.look_up(home, here) is not None
    assert [sessions.look_up(home, token) for token in others] == [None, None]
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"]) == ("viewer", "account.password")
    assert record["detail"] == {"address": "10.0.0.0", "sessions_ended": 2}
    assert login.sign_in(home, "viewer", OTHER, "here")
    with pytest.raises(login.SignInRefused):
        login.sign_in(home, "viewer", PASSWORD, "here")
    for secret in (PASSWORD, OTHER):
        assert secret not in (home / ".secrets" / "etl_audit.log").read_text()


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        (PASSWORD, "short", "at least 10"),
        (PASSWORD, "password12", "very common"),
        (PASSWORD, PASSWORD, "is the current one"),
        ("wrong horse battery", OTHER, "current password is not right"),
        ("", OTHER, "current password is not right"),
    ],
)
def test_what_is_refused(home, viewer, current, new, words):
    """A wrong current password and a bad new one change nothing and end no session."""
    here, *others = open_three(home, viewer)
    with pytest.raises((UsageError, login.SignInRefused), match=words):
        account.change_password(home, viewer, current, new, sessions.number_of(here))
    assert sessions.look_up(home, others[0]) is not None
    assert login.sign_in(home, "viewer", PASSWORD, "here")


def test_guessing_the_current_password_makes_one_wait(home, viewer):
    """As at sign-in, five failures are free; they count together with those at sign-in, and each is recorded."""
    here = sessions.start(home, viewer, "10.0.0.9")
    for _ in range(5):
        with pytest.raises(login.SignInRefused):
            account.change_password(home, viewer, "wrong horse battery", OTHER, sessions.number_of(here))
    with pytest.raises(Busy, match=r"wait \d+ seconds"):
        account.change_password(home, viewer, PASSWORD, OTHER, sessions.number_of(here))
    with pytest.raises(Busy):
        login.sign_in(home, "viewer", PASSWORD, "10.0.0.9")
    refused = AuditLog(home).search(action="account.password", outcome="refused")
    assert len(refused) == 5
    assert refused[0]["detail"] == {"address": "10.0.0.9"}


def test_own_sessions_are_listed_and_ended(home, viewer, people):
    """Newest use first, with address; one ends by its number, or all but this one; those of others stay."""
    here, second, third = open_three(home, viewer)
    foreign = sessions.start(home, people[Role.OPERATOR], "else")
    assert {session.address for session in account.own_sessions(home, viewer)} == {f"10.0.0.{n}" for n in range(3)}
    assert account.end_session(home, viewer, sessions.number_of(second)) == 1
    assert account.end_session(home, viewer, sessions.number_of(second)) == 0
    assert account.end_session(home, viewer, sessions.number_of(foreign)) == 0
    assert account.end_others(home, viewer, sessions.number_of(here)) == 1
    alive = [sessions.look_up(home, token) is not None for token in (here, second, third, foreign)]
    assert alive == [True, False, False, True]


def test_nobody_has_no_account(home):
    """Without a session every action is refused."""
    for action in (
        lambda: account.own_sessions(home, None),
        lambda: account.end_session(home, None, "x"),
        lambda: account.end_others(home, None, "x"),
        lambda: account.change_password(home, None, PASSWORD, OTHER, "x"),
        lambda: account.own_sessions(home, users.User("viewer", Role.VIEWER, disabled=True)),
    ):
        with pytest.raises(Forbidden):
            action()


def test_ended_sessions_are_not_listed(home, viewer):
    """One that was idle for half a day is none."""
    sessions.start(home, viewer, "here", 1_800_000_000.0)
    assert len(sessions.open_sessions(home, "viewer", 1_800_000_001.0)) == 1
    assert sessions.open_sessions(home, "viewer", 1_800_000_000.0 + 12 * 3600) == []


def test_asking_whether_a_session_stands_is_no_use_of_it(home, viewer):
    """A page that was left open does not keep its session alive by asking."""
    begin = 1_800_000_000.0
    token = sessions.start(home, viewer, "here", begin)
    for hours in range(1, 12):
        assert sessions.look_up(home, token, begin + hours * 3600, touch=False) is not None
    assert sessions.look_up(home, token, begin + 12 * 3600) is None
