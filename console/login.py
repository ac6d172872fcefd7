"""Signing in: the check of name and password, and the growing wait after failures."""

from __future__ import annotations

import hashlib
import math
import time
from pathlib import Path

from console import passwords, sentences
from console.database import reading, transaction
from console.users import User, user_of
from etl_batch.errors import Busy, EtlError
from etl_batch.security.audit import AuditLog

LONGEST_WAIT_SECONDS = 900.0
FORGET_SECONDS = 3600.0


class SignInRefused(EtlError):
    """Name and password do not go together, or the account is disabled: the sentence does not tell which."""

    exit_code, kind = 2, "sign_in_refused"


def _limits(name: str, address: str) -> tuple[tuple[str, int], ...]:
    """The counters of one attempt and how many failures each allows before it makes people wait.

    The pair stops guessing from one place. The name alone stops a botnet, the address alone stops one password tried
    on many names; both are wider, so that a stranger cannot easily lock a person out. Names are hashed: people type
    their password there.
    """
    digest = hashlib.sha256(name.casefold().encode()).hexdigest()[:32]
    return ((f"pair:{digest}:{address}", 5), (f"name:{digest}", 30), (f"address:{address}", 30))


def _wait_seconds(failures: int, allowed: int, last_at: float, now: float) -> float:
    if failures < allowed:
        return 0.0
    # The exponent is capped because 2.0 ** 1024 overflows.
    pause = min(LONGEST_WAIT_SECONDS, 2.0 ** min(failures - allowed + 1, 20))
    return max(0.0, last_at + pause - now)


def _reserve(home: Path, name: str, address: str, now: float) -> None:
    """Count the attempt as failed before the slow check, so that parallel guesses cannot slip past the limit."""
    with transaction(home) as connection:
        connection.execute("DELETE FROM login_attempts WHERE last_at < ?", (now - FORGET_SECONDS,))
        waits = [0.0]
        for key, allowed in _limits(name, address):
            row = connection.execute("SELECT failures, last_at FROM login_attempts WHERE key = ?", (key,)).fetchone()
            if row is not None:
                waits.append(_wait_seconds(row["failures"], allowed, row["last_at"], now))
        if max(waits) > 0:
            seconds = math.ceil(max(waits))
            raise Busy(sentences.TOO_MANY_ATTEMPTS.format(seconds=seconds), seconds=seconds)
        for key, _allowed in _limits(name, address):
            connection.execute(
                "INSERT INTO login_attempts VALUES (?, 1, ?)"
                " ON CONFLICT (key) DO UPDATE SET failures = failures + 1, last_at = excluded.last_at",
                (key, now),
            )


def _release(home: Path, name: str, address: str) -> None:
    """Take the reservation back: the pair starts afresh, the wider counters lose this one attempt."""
    pair, *wider = (key for key, _allowed in _limits(name, address))
    with transaction(home) as connection:
        connection.execute("DELETE FROM login_attempts WHERE key = ?", (pair,))
        for key in wider:
            connection.execute("UPDATE login_attempts SET failures = max(0, failures - 1) WHERE key = ?", (key,))


def sign_in(home: Path, name: str, password: str, address: str, now: float | None = None) -> User:
    """The user whose name and password these are.

    Raises `SignInRefused` when they are not, `Busy` (with `seconds`) while one has to wait. Takes the same time for
    names that exist and names that do not. Every attempt that is checked is on the audit log; an unknown name is not
    written there, because it may be a password typed into the wrong field.
    """
    _reserve(home, name, address, time.time() if now is None else now)
    with reading(home) as connection:
        row = connection.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    fits = passwords.matches(password, None if row is None else row["password_hash"])
    user = None if row is None else user_of(row)
    if user is None or not fits or user.disabled:
        known = user.name if user is not None else "(unknown)"
        AuditLog(home).append(
            user=known, action="login", target="console", outcome="refused", detail={"address": address}
        )
        raise SignInRefused(sentences.NO_MATCH)
    AuditLog(home).append(user=user.name, action="login", target="console", detail={"address": address})
    _release(home, name, address)
    return user


def confirm(home: Path, user: User, password: str, address: str, now: float | None = None) -> None:
    """Let a signed-in user prove who it is: the same counters and waits as at sign-in, so that neither helps the other.

    Raises `SignInRefused` when the password is not that user's, `Busy` (with `seconds`) while one has to wait.
    """
    _reserve(home, user.name, address, time.time() if now is None else now)
    with reading(home) as connection:
        row = connection.execute("SELECT * FROM users WHERE name = ? AND NOT disabled", (user.name,)).fetchone()
    if not passwords.matches(password, None if row is None else row["password_hash"]):
        detail = {"address": address}
        AuditLog(home).append(
            user=user.name, action="account.password", target=user.name, outcome="refused", detail=detail
        )
        raise SignInRefused(sentences.CURRENT_PASSWORD_WRONG)
    _release(home, user.name, address)
