"""Guesses at passwords: failures counted by who makes them, and how long each of them has to wait.

A stranger is counted by name and address together, by address, by the networks around it, and by name. A browser that
has signed in before (`console.devices`), and a session that proves who it is again, are counted by themselves and by
nothing else: whoever guesses elsewhere, from however many addresses, cannot make them wait.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from console import networks, sentences
from console.database import transaction
from etl_batch.errors import Busy

LONGEST_WAIT_SECONDS = 900.0
FORGET_SECONDS = 3600.0
ALLOWED_OWN = 5
"""Failures of one device, one session, or one name from one address, before each doubles the wait."""
ALLOWED_ADDRESS = 30
ALLOWED_NETWORKS = (60, 120)
"""For the networks around an address, the narrowest first."""
ALLOWED_NAME = 30
"""Failures for a name within the hour after which every stranger waits for a turn."""
TURN_SECONDS = 5.0
"""So long a stranger waits for one attempt at a name that is being guessed.

Each address waits by itself: were there one wait for all, whoever asks most often would have every turn.
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a password: for which name, from where, and in which place that is known already."""

    name: str
    address: str
    own: str = ""
    """A known device or a session: it is counted by itself."""

    @property
    def holder(self) -> str:
        """The name as it is stored: hashed, because people type their password there."""
        return hashlib.sha256(self.name.casefold().encode()).hexdigest()[:32]

    @property
    def pair(self) -> str:
        """The counter of the name from this address."""
        return f"pair:{self.holder}:{networks.unit(self.address)}"

    @property
    def turn(self) -> str:
        """Since when this address waits for its turn at the name."""
        return f"turn:{self.holder}:{networks.unit(self.address)}"

    @property
    def at_name(self) -> str:
        """The counter of the name, from wherever."""
        return f"name:{self.holder}"

    def held_by(self) -> tuple[tuple[str, int], ...]:
        """The counters that may make it wait, and how many failures each allows."""
        if self.own:
            return ((f"own:{self.holder}:{self.own}", ALLOWED_OWN),)
        unit = networks.unit(self.address)
        around = zip(networks.networks(unit), ALLOWED_NETWORKS, strict=False)
        wider = ((f"network:{network}", allowed) for network, allowed in around)
        return ((self.pair, ALLOWED_OWN), (f"address:{unit}", ALLOWED_ADDRESS), *wider)

    def counted_by(self) -> tuple[str, ...]:
        """The counters that a failure goes to. A stranger at a known one's address begins where that one has ended."""
        return (self.held_by()[0][0], self.pair) if self.own else (*dict(self.held_by()), self.at_name)


def reserve(home: Path, attempt: Attempt, now: float) -> None:
    """Count the attempt as failed before the slow check, so that parallel guesses cannot slip past the limit.

    Raises `Busy` with `seconds` while one has to wait; then nothing is counted.
    """
    with transaction(home) as connection:
        connection.execute("DELETE FROM login_attempts WHERE last_at < ?", (now - FORGET_SECONDS,))
        # The clock was set back: a failure of the future has been made by now.
        connection.execute("UPDATE login_attempts SET last_at = ? WHERE last_at > ?", (now, now))
        seconds = math.ceil(_wait(connection, attempt, now))
        if not seconds:
            for key in attempt.counted_by():
                _count(connection, key, now)
    # Past the transaction, for a place in the line is kept.
    if seconds:
        raise Busy(sentences.TOO_MANY_ATTEMPTS.format(seconds=seconds), seconds=seconds)


def _wait(connection: sqlite3.Connection, attempt: Attempt, now: float) -> float:
    """Seconds to wait. A stranger who has to wait for nothing else takes a place in the line for a name in demand."""
    waits = [_pause(*_row(connection, key), allowed, now) for key, allowed in attempt.held_by()]
    if max(waits) > 0 or attempt.own or _row(connection, attempt.at_name)[0] < ALLOWED_NAME:
        return max(waits)
    asked, since = _row(connection, attempt.turn)
    if not asked or now - since >= TURN_SECONDS:
        # Whoever comes to the turn is at the end of the line for the next one.
        _count(connection, attempt.turn, now)
    return 0.0 if asked and now - since >= TURN_SECONDS else TURN_SECONDS - (now - since if asked else 0.0)


def _pause(failures: int, last_at: float, allowed: int, now: float) -> float:
    if failures < allowed:
        return 0.0
    # The exponent is capped because 2.0 ** 1024 overflows.
    pause = min(LONGEST_WAIT_SECONDS, 2.0 ** min(failures - allowed + 1, 20))
    return max(0.0, last_at + pause - now)


def _row(connection: sqlite3.Connection, key: str) -> tuple[int, float]:
    row = connection.execute("SELECT failures, last_at FROM login_attempts WHERE key = ?", (key,)).fetchone()
    return (0, 0.0) if row is None else (row["failures"], row["last_at"])


def _count(connection: sqlite3.Connection, key: str, now: float) -> None:
    connection.execute(
        "INSERT INTO login_attempts VALUES (?, 1, ?)"
        " ON CONFLICT (key) DO UPDATE SET failures = failures + 1, last_at = excluded.last_at",
        (key, now),
    )


def release(home: Path, attempt: Attempt) -> None:
    """Take the reservation back: who it was starts afresh, the wider counters lose this one attempt."""
    own, *rest = attempt.counted_by()
    with transaction(home) as connection:
        connection.execute("DELETE FROM login_attempts WHERE key = ?", (own,))
        for key in rest:
            _take_off(connection, key, 1)


def forgive(connection: sqlite3.Connection, name: str) -> None:
    """Forget the failures for a name, where it has a new password: those it added to wider counters as well."""
    holder = Attempt(name, "").holder
    pairs = connection.execute("SELECT key, failures FROM login_attempts WHERE key LIKE ?", (f"pair:{holder}:%",))
    for row in pairs.fetchall():
        unit = row["key"].split(":", 2)[2]
        for key in (f"address:{unit}", *(f"network:{network}" for network in networks.networks(unit))):
            _take_off(connection, key, row["failures"])
    for kind in ("pair", "turn", "own", "name"):
        connection.execute("DELETE FROM login_attempts WHERE key LIKE ?", (f"{kind}:{holder}%",))


def _take_off(connection: sqlite3.Connection, key: str, failures: int) -> None:
    connection.execute("UPDATE login_attempts SET failures = max(0, failures - ?) WHERE key = ?", (failures, key))
