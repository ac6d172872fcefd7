"""Guesses: whoever makes them waits, wherever they come from, and the owner of the account does not."""

from __future__ import annotations

import random
import time

import pytest

from console import account, devices, guesses, links, login, sessions, users
from console.database import reading, transaction
from console.devices import Device
from console.guesses import Attempt
from console.users import Role
from etl_batch.errors import Busy

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
NOW = 1_800_000_000.0
SEED = 20_260_101


def guess(home, address: str, name: str = "super_admin", now: float = NOW, device: str = "") -> str:
    """One wrong password; what came of it."""
    try:
        login.sign_in(home, name, "wrong password", address, now, device)
    except login.SignInRefused:
        return "checked"
    except Busy:
        return "held"
    raise AssertionError("a guess went in")


def strangers(number: int) -> list[str]:
    """So many addresses, no two of one network."""
    chosen = random.Random(SEED)
    return [f"{chosen.randrange(1, 200)}.{n % 256}.{n // 256}.{chosen.randrange(256)}" for n in range(number)]


@pytest.fixture
def known(home, people) -> str:
    """A device on which the super_admin has signed in."""
    cookie = devices.keep(home, "super_admin", Device("10.9.9.9"))
    return devices.known(home, Device("10.9.9.9", cookie=cookie), "super_admin")


def test_a_known_device_passes(home, people, known):
    """However many have guessed, from its own address too: it has a counter of its own, which is untouched."""
    for address in [*strangers(200), *["10.9.9.9"] * 50]:
        guess(home, address)
    assert login.sign_in(home, "super_admin", PASSWORD, "10.9.9.9", NOW, known).name == "super_admin"


def test_a_known_device_that_guesses_waits(home, people, known):
    """Its counter allows five, and none of the others lets it begin anew; elsewhere nobody waits for it."""
    assert [guess(home, "10.9.9.9", device=known) for _ in range(5)] == ["checked"] * 5
    assert guess(home, "10.8.8.8", device=known) == "held"
    assert guess(home, "10.9.9.9") == "held"
    assert login.sign_in(home, "super_admin", PASSWORD, "10.7.7.7", NOW).name == "super_admin"


def test_a_stranger_is_slowed_and_never_locked_out(home, people):
    """After hundreds of guesses from everywhere a new browser waits for seconds, once, while the guessing goes on."""
    for address in strangers(300):
        guess(home, address)
    with pytest.raises(Busy) as caught:
        login.sign_in(home, "super_admin", PASSWORD, "10.7.7.7", NOW)
    assert caught.value.seconds <= guesses.TURN_SECONDS
    for second in range(1, 6):
        for address in strangers(300)[second * 40 : second * 40 + 40]:
            guess(home, address, now=NOW + second)
    assert login.sign_in(home, "super_admin", PASSWORD, "10.7.7.7", NOW + caught.value.seconds).name == "super_admin"


def test_each_attempt_at_a_name_in_demand_takes_a_turn(home, people):
    """Whoever has had a turn waits for the next one."""
    for address in strangers(30):
        guess(home, address)
    outcomes = [guess(home, "10.7.7.7", now=NOW + second) for second in range(16)]
    assert [second for second, outcome in enumerate(outcomes) if outcome == "checked"] == [5, 10, 15]


@pytest.mark.parametrize(
    ("addresses", "checked"),
    [
        ([f"192.0.2.{n}" for n in range(200)], 60),
        ([f"::ffff:192.0.2.{n}" if n % 2 else f"192.0.2.{n}" for n in range(200)], 60),
        ([f"2001:db8:0:1:{n:x}::{n:x}" for n in range(200)], 30),
        ([f"2001:db8:0:{n:x}::1" for n in range(200)], 60),
        ([f"2001:db8:0:{n:x}00::1" for n in range(200)], 120),
    ],
)
def test_one_network_is_one_guesser(home, people, addresses, checked):
    """Another name and another address of the same network each time: a limit holds all of them together."""
    outcomes = [guess(home, address, f"name{number}") for number, address in enumerate(addresses)]
    assert outcomes.count("checked") == checked
    assert login.sign_in(home, "viewer", PASSWORD, "10.7.7.7", NOW).name == "viewer"


@pytest.mark.parametrize("door", ["shell", "link", "own"])
def test_a_new_password_clears_the_name(home, people, door):
    """Wherever the failures for the name were made: there, too, its owner begins afresh; others' stay."""
    now = time.time()
    here = sessions.start(home, people[Role.SUPER_ADMIN], "192.0.2.1")
    for number in range(200):
        guess(home, f"192.0.2.{number % 8}", now=now)
    for _ in range(5):
        guess(home, "192.0.2.1", "viewer", now)
    if door == "shell":
        users.reset(home, "super_admin", OTHER, "cli:me")
    elif door == "link":
        links.use(home, links.create(home, "super_admin", "test").token, OTHER, "192.0.2.1")
    else:
        account.change_password(home, people[Role.SUPER_ADMIN], PASSWORD, OTHER, sessions.number_of(here))
    assert login.sign_in(home, "super_admin", OTHER, "192.0.2.1", now).name == "super_admin"
    with reading(home) as connection:
        rows = connection.execute("SELECT key, failures FROM login_attempts WHERE failures > 0").fetchall()
    left = {row["key"]: row["failures"] for row in rows}
    assert set(left.values()) == {5}
    assert {key.partition(":")[0] for key in left} == {"pair", "address", "network", "name"}


def test_a_failure_of_the_future_makes_nobody_wait_longer(home, people):
    """A clock that was set back by a month: no longer than the wait is, and it ends while one waits."""
    for _ in range(8):
        with transaction(home) as connection:
            connection.execute("UPDATE login_attempts SET last_at = last_at - 3600")
        guess(home, "192.0.2.1", now=NOW + 30 * 86_400)
    with pytest.raises(Busy) as caught:
        login.sign_in(home, "super_admin", PASSWORD, "192.0.2.1", NOW)
    assert 0 < caught.value.seconds <= guesses.LONGEST_WAIT_SECONDS
    later = NOW + caught.value.seconds
    assert login.sign_in(home, "super_admin", PASSWORD, "192.0.2.1", later).name == "super_admin"


def test_no_name_is_stored(home):
    """What was typed for a name is in none of the counters."""
    guesses.reserve(home, Attempt("my secret passphrase", "192.0.2.1", "device"), NOW)
    guesses.reserve(home, Attempt("my secret passphrase", "192.0.2.1"), NOW)
    for path in (home / ".secrets").glob("console.db*"):
        assert b"passphrase" not in path.read_bytes()
