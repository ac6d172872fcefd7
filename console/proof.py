"""Proof of who somebody is: what matters most takes a password or a passkey given some minutes ago at the longest.

For those who sign in at a provider it takes another sign-in there.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import ClassVar

from console import login, sentences
from console.clock import Moment, over
from console.database import reading, transaction
from console.users import User
from etl_batch.errors import EtlError
from etl_batch.security.audit import AuditLog

PROVED_SECONDS = 600.0
SESSION: ContextVar[str] = ContextVar("session", default="")
"""The number of the session that asks; empty outside of a browser, as on the command line."""
_NUMBERED = "substr(lower(hex(token_hash)), 1, 16) = ?"


class ProofNeeded(EtlError):
    """Whoever asks may do this, and has to type the password again first."""

    exit_code: ClassVar[int] = 2
    kind: ClassVar[str] = "proof_needed"


def is_fresh(home: Path, number: str, now: Moment | None = None) -> bool:
    """Whether the holder of the session with that number has signed in, or typed the password, a short time ago."""
    moment = Moment.of(now)
    with reading(home) as connection:
        query = f"SELECT proved_steady, proved_boot FROM sessions WHERE {_NUMBERED}"  # noqa: S608  the text above
        row = connection.execute(query, (number,)).fetchone()
    if row is None or row["proved_boot"] != moment.boot:
        return False
    return not over(row["proved_steady"], moment.steady, PROVED_SECONDS)


def require(home: Path, words: str) -> None:
    """Raise `ProofNeeded` when a browser asks whose user has typed no password for a while."""
    if SESSION.get() and not is_fresh(home, SESSION.get()):
        raise ProofNeeded(sentences.PROOF_NEEDED.format(words=words))


def give(
    home: Path, user: User, password: str, number: str, address: str, code: str = "", now: Moment | None = None
) -> None:
    """Take the password again.

    `code` is one of the second factor, where the account has one. Raises `Busy` after too many failures and
    `SignInRefused` when they are not right.
    """
    login.confirm(home, user, password, address, number, code)
    note(home, user, number, address, now)


def note(home: Path, user: User, number: str, address: str, now: Moment | None = None, **detail: str) -> None:
    """Write down that a user has proved it; good for some minutes, and the session is due for another token."""
    moment = Moment.of(now)
    with transaction(home) as connection:
        connection.execute(
            f"UPDATE sessions SET proved_steady = ?, proved_boot = ?, renew = 1 WHERE {_NUMBERED}",  # noqa: S608
            (moment.steady, moment.boot, number),
        )
        detail = {"address": address, **detail}
        AuditLog(home).append(user=user.name, action="session.prove", target=user.name, detail=detail)
