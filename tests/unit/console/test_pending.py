"""Pending sign-ins: how long they wait, what ends them, and how guesses of codes are counted."""

from __future__ import annotations

import time

import pytest

from console import factors, guesses, links, login, pending, sealing, settings, users
from console.clock import Moment
from console.database import reading, transaction
from console.login import SignInRefused
from console.users import Role
from etl_batch.errors import Busy, UsageError
from etl_batch.security.audit import AuditLog
from tests.factors import code_of, turned_on

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
NOW = 1_800_000_000.0
LATER = NOW + 3600.0


@pytest.fixture
def factor(home, people) -> tuple[str, list[str]]:
    """The viewer's secret and recovery codes."""
    return turned_on(home, "viewer", NOW)


def wrong_codes(home, token: str, times: int, device: str = "", address: str = "here", now: float = LATER) -> None:
    """So many wrong codes."""
    for _ in range(times):
        with pytest.raises(SignInRefused, match="code is not right"):
            pending.answer(home, token, "wrong", address, device, now)


def test_a_code_ends_the_waiting(home, factor):
    """The user comes out; the log has the password and the sign-in, each once; the token is worth nothing then."""
    login.sign_in(home, "viewer", PASSWORD, "10.0.0.9")
    token = pending.begin(home, "viewer")
    assert pending.answer(home, token, code_of(factor[0], LATER), "10.0.0.9", now=LATER) == users.find(home, "viewer")
    found = [(each["action"], each["outcome"], each["detail"]) for each in AuditLog(home).tail(2)]
    assert found == [
        ("login", "ok", {"address": "10.0.0.9", "factor": "code", "browser": "new"}),
        ("login.password", "ok", {"address": "10.0.0.9", "browser": "new"}),
    ]
    with pytest.raises(UsageError, match="begin again with name and password"):
        pending.answer(home, token, code_of(factor[0], LATER + 60), "10.0.0.9", now=LATER + 60)


def test_what_is_stored_opens_nothing(home, people):
    """Of the token the hash alone is in the database, of a secret that is to be set up what is sealed."""
    settings.put(home, factors.REQUIRED, True)
    token = pending.begin(home, "super_admin")
    secret = pending.find(home, token).secret
    with reading(home) as connection:
        dump = "\n".join(connection.iterdump())
        assert sealing.MARK in connection.execute("SELECT secret FROM pending_sign_ins").fetchone()[0]
    assert token not in dump
    assert secret not in dump


@pytest.mark.parametrize(("seconds", "good"), [(0.0, True), (299.0, True), (300.0, False), (-1.0, False)])
def test_it_waits_for_five_minutes(home, factor, seconds, good):
    """By the count of seconds that nobody can set."""
    began = Moment(NOW, 5000.0, "boot")
    token = pending.begin(home, "viewer", began)
    assert bool(pending.find(home, token, Moment(NOW, 5000.0 + seconds, "boot"))) is good
    assert pending.find(home, token, Moment(NOW, 5000.0, "another boot")) is None
    assert pending.find(home, "guess", began) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda home: users.reset(home, "viewer", OTHER, "test"),
        lambda home: links.use(home, links.create(home, "viewer", "test").token, OTHER, "there"),
        lambda home: users.disable(home, "viewer", "test"),
        lambda home: factors.reset(home, "viewer", "test"),
    ],
)
def test_another_password_ends_it(home, factor, change):
    """Whoever knew the former password has nothing in hand any more."""
    token = pending.begin(home, "viewer")
    change(home)
    assert pending.find(home, token) is None


def test_a_right_password_takes_no_wrong_code_back(home, factor):
    """Five wrong codes, from whichever addresses, then a wait; signing in with the password again changes nothing."""
    for number in range(guesses.ALLOWED_OWN):
        login.sign_in(home, "viewer", PASSWORD, f"192.0.2.{number}", LATER)
        wrong_codes(home, pending.begin(home, "viewer"), 1, address=f"192.0.2.{number}")
    login.sign_in(home, "viewer", PASSWORD, "198.51.100.7", LATER)
    token = pending.begin(home, "viewer")
    with pytest.raises(Busy, match="wait 2 seconds"):
        pending.answer(home, token, code_of(factor[0], LATER), "198.51.100.7", now=LATER)
    # The owner's browser is let in, and that takes nothing back either.
    assert pending.answer(home, token, code_of(factor[0], LATER), "here", "known", LATER)
    with pytest.raises(Busy):
        pending.answer(home, pending.begin(home, "viewer"), "000000", "203.0.113.1", now=LATER)


def test_a_known_browser_has_five_guesses_of_its_own(home, factor):
    """Then it waits as well; a new password clears the failures."""
    wrong_codes(home, pending.begin(home, "viewer"), guesses.ALLOWED_OWN, "known")
    with pytest.raises(Busy):
        pending.answer(home, pending.begin(home, "viewer"), "000000", "here", "known", LATER)
    users.reset(home, "viewer", OTHER, "test")
    assert pending.answer(home, pending.begin(home, "viewer"), code_of(factor[0], LATER), "here", "known", LATER)


def test_refused_codes_are_on_the_log(home, factor):
    """With the address, without what was typed."""
    wrong_codes(home, pending.begin(home, "viewer"), 1, address="192.0.2.9")
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"], record["outcome"]) == ("viewer", "login", "refused")
    assert record["detail"] == {"address": "192.0.2.9", "factor": "wrong"}


def test_setting_up_where_it_is_required(home, people):
    """The secret stays the same while the code is wrong; each browser has another; afterwards a code is asked for."""
    settings.put(home, factors.REQUIRED, True)
    token, other = pending.begin(home, "super_admin"), pending.begin(home, "super_admin")
    secret = pending.find(home, token).secret
    assert secret not in ("", pending.find(home, other).secret)
    with pytest.raises(UsageError, match="does not belong"):
        pending.set_up(home, token, "wrong", "here", LATER)
    assert pending.find(home, token).secret == secret
    # A code cannot be asked for where there is none to be right.
    with pytest.raises(SignInRefused):
        pending.answer(home, token, code_of(secret, LATER), "here", now=LATER)
    user, codes = pending.set_up(home, token, code_of(secret, LATER), "here", LATER)
    assert (user, len(codes)) == (people[Role.SUPER_ADMIN], factors.RECOVERY_CODES)
    assert pending.find(home, token) is None
    assert pending.find(home, other).secret == ""
    with pytest.raises(UsageError, match="already"):
        pending.set_up(home, other, "123456", "here", LATER)


def test_what_has_waited_too_long_is_swept_out(home, factor):
    """With the next one, so that the table stays small."""
    for _ in range(3):
        pending.begin(home, "viewer")
    with transaction(home) as connection:
        connection.execute("UPDATE pending_sign_ins SET steady = steady - 301")
    pending.begin(home, "viewer")
    with reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM pending_sign_ins").fetchone()[0] == 1


def test_typing_the_password_again_takes_a_code_as_well(home, factor, people):
    """Both have to be right; a wrong password spends no code, and guesses are counted for the session."""
    viewer, now = people[Role.VIEWER], time.time()
    code = code_of(factor[0], now)
    for password, given in (("wrong password", code), (PASSWORD, ""), (PASSWORD, "wrong")):
        with pytest.raises(SignInRefused, match="password or the code is not right"):
            login.confirm(home, viewer, password, "here", "session", given, now)
    login.confirm(home, viewer, PASSWORD, "here", "session", code, now)
    for _ in range(guesses.ALLOWED_OWN):
        with pytest.raises(SignInRefused):
            login.confirm(home, viewer, PASSWORD, "here", "session", code, now)
    with pytest.raises(Busy):
        login.confirm(home, viewer, PASSWORD, "here", "session", factor[1][0], now)
