"""Second factors: what an account asks for beside its password, a code of an authenticator app, a passkey, or a
recovery code.

Codes are TOTP (RFC 6238: SHA-1, six digits, a span of 30 seconds, one span of drift either way). One that was taken is
not taken again, nor is one of a span before it. Recovery codes are for the day on which the app or the passkey is lost.
Passkeys are kept and checked by `console.passkeys`; here they count.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pyotp
import segno

from console import sentences, users, wording
from console.database import reading, transaction
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

DIGITS, STEP_SECONDS = 6, 30
DRIFT = 1
"""Spans that the two clocks may be apart."""
KEPT_STEPS = 24 * 3600 // STEP_SECONDS
"""So long a spent span is kept, in spans: the clock may be set back."""
RECOVERY_CODES = 10
_RECOVERY_BYTES, _GROUP = 15, 4
REQUIRED, REQUIRED_OF_ALL = "second_factor_required", "second_factor_required_of_all"
"""The settings by which super_admins need one, and everybody."""
HELD = (
    "(EXISTS (SELECT 1 FROM second_factors f WHERE f.user_name = u.name)"
    " OR EXISTS (SELECT 1 FROM passkeys p WHERE p.user_name = u.name))"
)
"""SQL that says of the account in `users u` whether it has a second factor."""
NEEDED = (
    f"('true' IN (SELECT value FROM settings WHERE key = '{REQUIRED_OF_ALL}'"  # noqa: S608  constants
    f" OR (key = '{REQUIRED}' AND u.role = '{users.Role.SUPER_ADMIN}')))"
)
"""SQL that says of the account in `users u` whether it needs a second factor."""
LACKING = f"({NEEDED} AND NOT {HELD})"
"""SQL that says of the account in `users u` whether it needs a second factor and has none."""


class Need(StrEnum):
    """What a sign-in takes beside the password."""

    NOTHING = "nothing"
    CODE = "code"
    SETUP = "setup"
    """One that has to be set up first."""


class Spent(StrEnum):
    """What was taken for a second factor, as the audit log has it."""

    CODE = "code"
    RECOVERY = "recovery code"


@dataclass(frozen=True, slots=True)
class Factor:
    """The second factor of an account."""

    since: float | None
    """When the authenticator app was set up, in seconds since 1970; None without one."""
    recovery_codes: int
    """How many are left."""
    passkeys: int = 0


def new_secret() -> str:
    """A secret for an authenticator app: 160 random bits in base32."""
    return pyotp.random_base32()


def picture(secret: str, name: str) -> str:
    """The QR code by which an app takes a secret over, as an address that holds the picture itself."""
    address = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=name, issuer_name=wording.NAME
    )
    return segno.make(address, micro=False).svg_data_uri(scale=5, light="#fff")


def spaced(secret: str) -> str:
    """A secret as it is easily typed."""
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def find(home: Path, name: str) -> Factor | None:
    """The second factor of an account, None without one."""
    with reading(home) as connection:
        row = connection.execute(
            "SELECT (SELECT since FROM second_factors f WHERE f.user_name = u.name) AS since,"
            " (SELECT count(*) FROM recovery_codes r WHERE r.user_name = u.name) AS left_over,"
            " (SELECT count(*) FROM passkeys p WHERE p.user_name = u.name) AS passkeys"
            " FROM users u WHERE name = ?",
            (name,),
        ).fetchone()
    if row is None or (row["since"] is None and not row["passkeys"]):
        return None
    return Factor(row["since"], row["left_over"], row["passkeys"])


def is_required(home: Path, name: str) -> bool:
    """Whether the settings require a second factor of an account."""
    with reading(home) as connection:
        query = f"SELECT {NEEDED} AS needed FROM users u WHERE name = ?"  # noqa: S608  the text above
        row = connection.execute(query, (name,)).fetchone()
    return row is not None and bool(row["needed"])


def need(home: Path, name: str) -> Need:
    """What a sign-in of an account takes beside the password."""
    if find(home, name):
        return Need.CODE
    with reading(home) as connection:
        query = f"SELECT {LACKING} AS lacking FROM users u WHERE name = ?"  # noqa: S608  the text above
        row = connection.execute(query, (name,)).fetchone()
    return Need.SETUP if row is not None and row["lacking"] else Need.NOTHING


def turn_on(
    home: Path, name: str, secret: str, given: str, keep: str = "", now: float | None = None, *, only: bool = False
) -> list[str]:
    """Let an account ask for codes from now on, and return its recovery codes, which nothing shows again.

    Raises `UsageError` when the code is not one of that secret, the account has an app, or where it is to be the `only`
    second factor another one. Where it had no second
    factor, its sessions but the one numbered `keep` end: they began without. Where it had, its recovery codes stay.
    """
    moment = time.time() if now is None else now
    step = _step(secret, _plain(given), moment)
    if step is None:
        raise UsageError(sentences.CODE_DOES_NOT_FIT)
    with transaction(home) as connection:
        user = users.known(connection, name)
        if _row(connection, name) is not None:
            raise UsageError(sentences.FACTOR_ON_ALREADY)
        codes, ended = begun(connection, user.name, keep, only=only)
        connection.execute("INSERT INTO second_factors VALUES (?, sealed(?), ?)", (user.name, secret, moment))
        connection.execute("INSERT OR IGNORE INTO spent_steps VALUES (?, ?)", (user.name, step))
        detail = {"sessions_ended": ended}
        AuditLog(home).append(user=user.name, action="account.factor.on", target=user.name, detail=detail)
        return codes


def begun(connection: sqlite3.Connection, name: str, keep: str, *, only: bool) -> tuple[list[str], int]:
    """What comes with the first second factor of an account, before it is written in the caller's transaction.

    Returns the recovery codes and how many sessions ended: all but the one numbered `keep`, which began without. An
    account that has a second factor gets no codes, and keeps its sessions; where this is to be the `only` one, that
    raises `UsageError`: a password alone sets up no other.
    """
    if _holds(connection, name):
        if only:
            raise UsageError(sentences.FACTOR_ON_ALREADY)
        return [], 0
    query = "DELETE FROM sessions WHERE user_name = ? AND substr(lower(hex(token_hash)), 1, 16) <> ?"
    return _new_codes(connection, name), connection.execute(query, (name, keep)).rowcount


def ended(connection: sqlite3.Connection, name: str) -> None:
    """What goes with the last second factor of an account, after it was removed in the caller's transaction.

    Raises `UsageError` where one is required.
    """
    if not _holds(connection, name):
        _forget(connection, "recovery_codes", name)
    query = f"SELECT {LACKING} AS lacking FROM users u WHERE name = ?"  # noqa: S608  the text above
    if connection.execute(query, (name,)).fetchone()["lacking"]:
        raise UsageError(sentences.FACTOR_REQUIRED)


def renew_codes(home: Path, name: str) -> list[str]:
    """Give an account other recovery codes; the former ones are worth nothing."""
    with transaction(home) as connection:
        if not _holds(connection, name):
            raise UsageError(sentences.NO_FACTOR.format(name=name))
        AuditLog(home).append(user=name, action="account.factor.codes", target=name)
        return _new_codes(connection, name)


def turn_off(home: Path, name: str) -> None:
    """Take an account's app away for its owner; raises `UsageError` without one, and for the last second factor where
    one is required."""
    with transaction(home) as connection:
        if not _forget(connection, "second_factors", name):
            raise UsageError(sentences.NO_FACTOR.format(name=name))
        _forget(connection, "spent_steps", name)
        ended(connection, name)
        AuditLog(home).append(user=name, action="account.factor.off", target=name)


def reset(home: Path, name: str, by: str) -> users.User:
    """Take the second factor of somebody away who has lost it, app and passkeys, and end the sessions."""
    with transaction(home) as connection:
        user = users.known(connection, name)
        if not _holds(connection, user.name):
            raise UsageError(sentences.NO_FACTOR.format(name=user.name))
        for table in ("second_factors", "spent_steps", "passkeys", "recovery_codes", "sessions"):
            _forget(connection, table, user.name)
        AuditLog(home).append(user=by, action="user.factor", target=user.name)
    return user


def spend(home: Path, name: str, given: str, now: float | None = None) -> Spent | None:
    """Take a code or a recovery code, which is worth nothing afterwards; None when it is not right.

    Whoever calls counts the guesses.
    """
    moment, plain = time.time() if now is None else now, _plain(given)
    with transaction(home) as connection:
        if len(plain) > DIGITS:
            return _spend_recovery_code(home, connection, users.known(connection, name).name, plain)
        row = _row(connection, name)
        step = None if row is None or row["secret"] is None else _step(row["secret"], plain, moment)
        return Spent.CODE if step is not None and _spend_step(connection, name, step, moment) else None


def _spend_step(connection: sqlite3.Connection, name: str, step: int, now: float) -> bool:
    """Whether the code of a span is taken for the first time, and after all others that were."""
    here = int(now // STEP_SECONDS)
    # One of the future was spent before the clock was set back: it holds up no other.
    query = "SELECT 1 FROM spent_steps WHERE user_name = ? AND step BETWEEN ? AND ?"
    if connection.execute(query, (name, step, here + DRIFT)).fetchone():
        return False
    connection.execute("DELETE FROM spent_steps WHERE user_name = ? AND step < ?", (name, here - KEPT_STEPS))
    connection.execute("INSERT INTO spent_steps VALUES (?, ?)", (name, step))
    return True


def _spend_recovery_code(home: Path, connection: sqlite3.Connection, name: str, plain: str) -> Spent | None:
    query = "DELETE FROM recovery_codes WHERE user_name = ? AND code_hash = ?"
    if not connection.execute(query, (name, _hash(plain))).rowcount:
        return None
    left = connection.execute("SELECT count(*) FROM recovery_codes WHERE user_name = ?", (name,)).fetchone()[0]
    AuditLog(home).append(user=name, action="account.factor.recovery", target=name, detail={"left": left})
    return Spent.RECOVERY


def _row(connection: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    query = "SELECT user_name, unsealed(secret) AS secret FROM second_factors WHERE user_name = ?"
    row: sqlite3.Row | None = connection.execute(query, (name,)).fetchone()
    return row


def _holds(connection: sqlite3.Connection, name: str) -> bool:
    """Whether an account has a second factor."""
    query = f"SELECT {HELD} AS held FROM users u WHERE name = ?"  # noqa: S608  the text above
    row = connection.execute(query, (name,)).fetchone()
    return row is not None and bool(row["held"])


def _forget(connection: sqlite3.Connection, table: str, name: str) -> int:
    """Delete what a table has of an account; returns how many rows there were."""
    return connection.execute(f"DELETE FROM {table} WHERE user_name = ?", (name,)).rowcount  # noqa: S608  a constant


def _new_codes(connection: sqlite3.Connection, name: str) -> list[str]:
    drawn = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    _forget(connection, "recovery_codes", name)
    connection.executemany("INSERT INTO recovery_codes VALUES (?, ?)", [(name, _hash(code)) for code in drawn])
    return [spaced(code).replace(" ", "-") for code in drawn]


def _step(secret: str, plain: str, now: float) -> int | None:
    """The span that a code belongs to, of those that count now."""
    here, codes = int(now // STEP_SECONDS), pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    # None is left out once one fits, so that time does not tell which did.
    spans = range(here - DRIFT, here + DRIFT + 1)
    fitting = [
        step
        for step in spans
        if hmac.compare_digest(codes.generate_otp(step).encode(), plain.encode("utf-8", "replace"))
    ]
    return fitting[-1] if fitting else None


def _plain(given: str) -> str:
    """What was typed without what only makes it readable."""
    return "".join(given.split()).replace("-", "").lower()


def _hash(plain: str) -> bytes:
    """What is stored of a recovery code. A plain hash suffices: 120 random bits, nobody can try them all."""
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
