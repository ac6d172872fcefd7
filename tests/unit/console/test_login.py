"""Signing in: right and wrong, and the wait that grows with every failure."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest

from console import factors, login, passwords, users
from console.database import reading, transaction
from console.factors import Need
from console.users import Role
from etl_batch.errors import Busy
from etl_batch.security.audit import AuditLog

PASSWORD = "correct horse battery"
NOW = 1_800_000_000.0


def fail(home, name="viewer", address="here", times=1, now=NOW):
    """So many wrong passwords."""
    for _ in range(times):
        with pytest.raises(login.SignInRefused):
            login.sign_in(home, name, "wrong password", address, now)


def test_name_and_password_sign_in(home, people):
    """The right pair gives the user, and it is on the audit log with the address."""
    assert login.sign_in(home, "viewer", PASSWORD, "10.0.0.9") == people[Role.VIEWER]
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"], record["outcome"]) == ("viewer", "login", "ok")
    assert record["detail"]["address"] == "10.0.0.9"


@pytest.mark.parametrize(("name", "password"), [("viewer", "wrong password"), ("nobody", PASSWORD), ("viewer", "")])
def test_every_refusal_sounds_the_same(home, people, name, password):
    """A wrong password and an unknown name cannot be told apart by what is said."""
    with pytest.raises(login.SignInRefused, match="do not match an active account"):
        login.sign_in(home, name, password, "here")
    assert AuditLog(home).tail(1)[0]["outcome"] == "refused"


def test_the_disabled_are_refused(home, people):
    """The right password of a disabled account is refused with the same sentence."""
    users.disable(home, "viewer", "test")
    with pytest.raises(login.SignInRefused, match="do not match an active account"):
        login.sign_in(home, "viewer", PASSWORD, "here")


def test_an_unknown_name_costs_the_same_work(home, people, monkeypatch):
    """A name nobody has is checked against a hash of the same cost, so time does not tell it."""
    costs = []
    check = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda given, stored: costs.append(stored[:7]) or check(given, stored))
    fail(home, "viewer")
    fail(home, "nobody")
    assert costs == [b"$2b$04$", b"$2b$04$"]


def test_what_was_typed_for_a_name_is_not_recorded(home, people):
    """A password typed into the name field reaches neither the log nor the database."""
    fail(home, "my secret passphrase")
    for path in (home / ".secrets").iterdir():
        assert b"my secret passphrase" not in path.read_bytes()


def test_the_wait_grows(home, people):
    """Five failures are free; then each doubles the wait, up to a quarter of an hour, said in words."""
    fail(home, times=5)
    now, waits = NOW, []
    for _ in range(12):
        with pytest.raises(Busy, match=r"wait \d+ seconds") as caught:
            login.sign_in(home, "viewer", PASSWORD, "here", now)
        waits.append(caught.value.seconds)
        now += caught.value.seconds
        fail(home, now=now)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_success_after_the_wait_clears_it(home, people):
    """Whoever waited and has the password is in, and starts afresh."""
    fail(home, times=5)
    login.sign_in(home, "viewer", PASSWORD, "here", NOW + 3)
    fail(home, times=4, now=NOW + 4)
    assert login.sign_in(home, "viewer", PASSWORD, "here", NOW + 5).name == "viewer"


def test_an_hour_later_all_is_forgotten(home, people):
    """Failures do not follow a person into the next day."""
    fail(home, times=5)
    assert login.sign_in(home, "viewer", PASSWORD, "here", NOW + 3601).name == "viewer"


def test_other_places_and_names_are_not_held_up(home, people):
    """Five failures for one name from one address stop neither the name elsewhere nor others there."""
    fail(home, times=5)
    assert login.sign_in(home, "viewer", PASSWORD, "elsewhere", NOW).name == "viewer"
    assert login.sign_in(home, "operator", PASSWORD, "here", NOW).name == "operator"


def test_many_addresses_and_many_names_are_held_up(home, people):
    """Thirty failures for one name from anywhere, or from one address for any name, make people wait as well."""
    for number in range(30):
        fail(home, "viewer", f"10.0.0.{number}")
        fail(home, f"name{number}", "there")
    with pytest.raises(Busy):
        login.sign_in(home, "viewer", PASSWORD, "10.0.1.1", NOW)
    with pytest.raises(Busy):
        login.sign_in(home, "operator", PASSWORD, "there", NOW)


def test_parallel_guesses_do_not_slip_past(home, people):
    """Of many guesses sent at the same moment only five are checked."""

    def guess(number: int) -> type:
        try:
            login.sign_in(home, "viewer", f"guess number {number}", "here", NOW)
        except (login.SignInRefused, Busy) as error:
            return type(error)
        raise AssertionError("a guess went in")

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(guess, range(32)))
    assert outcomes.count(login.SignInRefused) == 5
    assert outcomes.count(Busy) == 27


def test_every_character_counts():
    """Nothing is cut off: passwords that differ in the last of 128 characters of four bytes are two."""
    stored = passwords.hash_password("\U0001f980" * 127 + "a")
    assert passwords.matches("\U0001f980" * 127 + "a", stored)
    assert not passwords.matches("\U0001f980" * 127 + "b", stored)
    assert not passwords.matches("\U0001f980" * 127 + "aa", stored)


def former(password: str) -> bytes:
    """A hash as earlier consoles stored it: of the password itself."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))


@pytest.mark.parametrize("password", [PASSWORD, "x" * 72, "schlüsselbund der tür"])
def test_a_former_hash_signs_in_once_more(home, people, password):
    """It fits the password alone, is replaced at the sign-in, and the new one fits the same."""
    with transaction(home) as connection:
        connection.execute("UPDATE users SET password_hash = ? WHERE name = 'viewer'", (former(password),))
    for wrong in (password + "x", password[:-1], "", "\x00", "x" * 100_000):
        with pytest.raises(login.SignInRefused):
            login.sign_in(home, "viewer", wrong, f"192.0.2.{len(wrong) % 250}")
    for _ in range(2):
        assert login.sign_in(home, "viewer", password, "here").name == "viewer"
        with reading(home) as connection:
            (stored,) = connection.execute("SELECT password_hash FROM users WHERE name = 'viewer'").fetchone()
        assert not passwords.is_former(stored)


def test_a_password_does_not_age(home, people):
    """Ten years later it signs in, and leads to no form for another one."""
    later = NOW + 10 * 365 * 86_400
    assert login.sign_in(home, "viewer", PASSWORD, "here", later).name == "viewer"
    assert factors.need(home, "viewer") is Need.NOTHING
