"""Known devices: browsers that have signed in before, told by a signed cookie, so that guessing elsewhere spares them.

The cookie opens nothing. It has a part for each of the names that signed in there: a random number, and the number
and the name under a key of the console's own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from console import sentences
from console.database import reading, secrets_folder, transaction
from etl_batch.errors import OutputFailed
from etl_batch.files.replacing import make_once

COOKIE = "etl_device"
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep a cookie."""
MOST_NAMES = 5
"""Of one browser; the names that signed in last stay."""
MOST_DEVICES = 20
"""Of one name; so many times five guesses has whoever knew a password and signed in over and over."""
LONGEST_AGENT = 200
_NUMBER_BYTES, _KEY_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class Device:
    """The browser that a request comes from: where it is, what it calls itself, and its device cookie."""

    address: str
    agent: str = ""
    cookie: str = ""


def known(home: Path, device: Device, name: str) -> str:
    """The number of a device that the name has signed in from; empty for any other."""
    number = _number(home, device.cookie, name)
    if not number:
        return ""
    with reading(home) as connection:
        query = "SELECT 1 FROM devices WHERE user_name = ? AND number_hash = ?"
        row = connection.execute(query, (name, _hash(number))).fetchone()
    return "" if row is None else number


def keep(home: Path, name: str, device: Device, now: float | None = None) -> str:
    """Remember a device in a transaction of its own."""
    with transaction(home) as connection:
        return remember(connection, home, name, device, time.time() if now is None else now)


def remember(connection: sqlite3.Connection, home: Path, name: str, device: Device, now: float) -> str:
    """Keep a device that the name has just signed in from; returns the cookie it is to send from now on."""
    number = _number(home, device.cookie, name) or secrets.token_hex(_NUMBER_BYTES)
    query = "SELECT count(*) FROM devices WHERE user_name = ?"
    # The first browser of an account is no news to its owner.
    first = not connection.execute(query, (name,)).fetchone()[0]
    connection.execute(
        "INSERT INTO devices (user_name, number_hash, address, agent, first_at, last_at, told)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_name, number_hash)"
        " DO UPDATE SET address = excluded.address, agent = excluded.agent, last_at = excluded.last_at",
        (name, _hash(number), device.address, device.agent[:LONGEST_AGENT], now, now, first),
    )
    connection.execute(
        "DELETE FROM devices WHERE user_name = ? AND number_hash NOT IN"
        " (SELECT number_hash FROM devices WHERE user_name = ? ORDER BY last_at DESC LIMIT ?)",
        (name, name, MOST_DEVICES),
    )
    others = [part for part in device.cookie.split(".") if part and not _fits(home, part, name)]
    return ".".join([f"{number}-{_seal(home, name, number)}", *others][:MOST_NAMES])


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """One browser that an account has signed in from; moments are seconds since 1970."""

    address: str
    agent: str
    first_at: float
    last_at: float
    news: bool
    """Its first sign-in has not been seen by the account's owner yet."""
    here: bool
    """It is the browser that asks."""


def list_devices(home: Path, name: str, cookie: str = "") -> list[KnownDevice]:
    """The devices of an account, the latest used first; `cookie` is that of the browser that asks."""
    here = _hash(_number(home, cookie, name))
    with reading(home) as connection:
        query = "SELECT * FROM devices WHERE user_name = ? ORDER BY last_at DESC"
        rows = connection.execute(query, (name,)).fetchall()
    return [
        KnownDevice(
            row["address"], row["agent"], row["first_at"], row["last_at"], not row["told"], row["number_hash"] == here
        )
        for row in rows
    ]


def seen(home: Path, name: str, cookie: str) -> None:
    """The owner has seen which devices are new: all but the one that says so."""
    with transaction(home) as connection:
        query = "UPDATE devices SET told = 1 WHERE user_name = ? AND number_hash <> ?"
        connection.execute(query, (name, _hash(_number(home, cookie, name))))


def _number(home: Path, cookie: str, name: str) -> str:
    """The number in the part of a cookie that belongs to a name; empty when none does."""
    parts = cookie.split(".")[:MOST_NAMES]
    return next((part.partition("-")[0] for part in parts if _fits(home, part, name)), "")


def _fits(home: Path, part: str, name: str) -> bool:
    number, _dash, seal = part.partition("-")
    return bool(number) and hmac.compare_digest(seal.encode(), _seal(home, name, number).encode())


def _seal(home: Path, name: str, number: str) -> str:
    return hmac.new(_key(home), f"device\0{name.casefold()}\0{number}".encode(), hashlib.sha256).hexdigest()


def _hash(number: str) -> bytes:
    return hashlib.sha256(number.encode()).digest()


def key_file(home: Path) -> Path:
    """Where the key stands that cookies are signed with. Without it no device is known, and nothing else is lost."""
    return home / ".secrets" / "device.key"


def _key(home: Path) -> bytes:
    path = key_file(home)
    try:
        found = path.read_bytes() if path.exists() else b""
        if len(found) != _KEY_BYTES:
            # A key that a crash has cut off would be easy to guess.
            path.unlink(missing_ok=True)
            secrets_folder(home)
            make_once(path, secrets.token_bytes(_KEY_BYTES))
            found = path.read_bytes()
    except OSError as error:
        raise OutputFailed(sentences.KEY_UNUSABLE.format(path=path, reason=error.strerror)) from error
    return found
