"""Pending sign-ins: the password was right, the second factor is awaited in the same browser, for some minutes.

There is no session yet. The browser holds a random token of which only the hash is stored; another password makes it
worthless, by whichever way it was changed.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from console import factors, guesses, sentences, sessions, users
from console.clock import Moment, over
from console.database import reading, transaction
from console.factors import Need
from console.guesses import Attempt
from console.login import SignInRefused
from console.users import User
from console.waiting import sweep
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

COOKIE = "etl_pending"
VALID_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that waits, and for whom."""

    user: User
    secret: str = ""
    """One that is to be set up first; empty where a code is asked for."""


def begin(home: Path, name: str, now: float | Moment | None = None, mark: bytes = b"") -> str:
    """Let a sign-in wait; returns the token for the browser. Those that have waited too long are swept out.

    `mark`: of the password that was right, which may be another one's by now; else it is the account's own.
    """
    token, moment = secrets.token_urlsafe(32), Moment.of(now)
    secret = factors.new_secret() if factors.need(home, name) is Need.SETUP else ""
    with transaction(home) as connection:
        sweep(connection, "pending_sign_ins", moment, VALID_SECONDS)
        row = connection.execute("SELECT name, password_hash FROM users WHERE name = ?", (name,)).fetchone()
        mark = mark or users.mark_of(row["password_hash"])
        connection.execute(
            "INSERT INTO pending_sign_ins VALUES (?, ?, ?, sealed(?), ?, ?)",
            (sessions.digest(token), row["name"], mark, secret, moment.steady, moment.boot),
        )
    return token


def find(home: Path, token: str, now: float | Moment | None = None) -> Pending | None:
    """The sign-in of a token; None when it is over."""
    moment = Moment.of(now)
    with reading(home) as connection:
        row = connection.execute(
            "SELECT u.name, u.role, u.disabled, u.password_hash, p.password_mark, p.steady, p.boot,"
            " unsealed(p.secret) AS secret FROM pending_sign_ins p JOIN users u ON u.name = p.user_name"
            " WHERE p.token_hash = ? AND NOT u.disabled",
            (sessions.digest(token),),
        ).fetchone()
    if row is None or row["boot"] != moment.boot or over(row["steady"], moment.steady, VALID_SECONDS):
        return None
    if row["password_mark"] != users.mark_of(row["password_hash"]):
        return None
    user = users.user_of(row)
    if factors.find(home, user.name):
        return Pending(user)
    return Pending(user, row["secret"]) if row["secret"] else None


def answer(home: Path, token: str, given: str, address: str, device: str = "", now: float | None = None) -> User:
    """The user who has signed in with a code or a recovery code as well; `device` as in `login.sign_in`.

    Raises `SignInRefused` when it is not right, `Busy` while one has to wait, `UsageError` when the sign-in is over.
    """
    found = waiting(home, token)
    attempt = attempt_of(found.user.name, address, device)
    guesses.reserve(home, attempt, time.time() if now is None else now)
    spent = factors.spend(home, found.user.name, given, now)
    if spent is None:
        record(home, found.user, "refused", address=address, factor="wrong")
        raise SignInRefused(sentences.CODE_WRONG)
    guesses.release(home, attempt)
    record(home, found.user, "ok", address=address, factor=str(spent), browser="known" if device else "new")
    end(home, token)
    return found.user


def attempt_of(name: str, address: str, device: str) -> Attempt:
    """As what a try at the second factor counts.

    Whoever comes to it knows the password: strangers share one counter, wherever they are, and the owner's browser has
    its own. No right password takes a failure back.
    """
    return Attempt(name, address, f"code-{device}")


def set_up(home: Path, token: str, given: str, address: str, now: float | None = None) -> tuple[User, list[str]]:
    """The user who has set up the second factor that the role takes, and the recovery codes; raises `UsageError`."""
    found = waiting(home, token)
    if not found.secret:
        raise UsageError(sentences.FACTOR_ON_ALREADY)
    codes = factors.turn_on(home, found.user.name, found.secret, given, now=now, only=True)
    record(home, found.user, "ok", address=address, factor="set up")
    end(home, token)
    return found.user, codes


def end(home: Path, token: str) -> None:
    """Forget a sign-in that waits."""
    with transaction(home) as connection:
        connection.execute("DELETE FROM pending_sign_ins WHERE token_hash = ?", (sessions.digest(token),))


def waiting(home: Path, token: str) -> Pending:
    """The sign-in of a token; raises `UsageError` when it is over."""
    found = find(home, token)
    if found is None:
        raise UsageError(sentences.SIGN_IN_OVER)
    return found


def record(home: Path, user: User, outcome: str, **detail: str) -> None:
    """Write down what came of the second step of a sign-in."""
    AuditLog(home).append(user=user.name, action="login", target="console", outcome=outcome, detail=detail)
