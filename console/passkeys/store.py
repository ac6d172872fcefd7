"""Passkeys: which an account has, and what is kept of each; `webauthn` checks what they sign.

One that is added first brings what the first second factor brings, and one that is removed last takes it away again
(`console.factors`).
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from console import factors, sentences, users
from console.database import reading, transaction
from console.passkeys.sites import Site
from console.passkeys.webauthn import Made
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

MOST = 20
"""Of one account."""
LONGEST_LABEL = 40
_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey as its owner sees it; moments are seconds since 1970."""

    number: str
    label: str
    rp_id: str
    """The host name that it belongs to: browsers offer it nowhere else."""
    added_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class Owned:
    """A credential as a signature is held against it: whose it is, and the public key."""

    user: User
    handle: bytes
    credential: bytes


def list_passkeys(home: Path, name: str) -> list[Passkey]:
    """The passkeys of an account, the first added first."""
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM passkeys WHERE user_name = ? ORDER BY added_at, label", (name,))
        return [
            Passkey(_number(row["credential_id"]), row["label"], row["rp_id"], row["added_at"], row["used_at"])
            for row in rows
        ]


def ids(home: Path, name: str, rp_id: str) -> list[bytes]:
    """The credentials of an account that browsers can use at a host name."""
    with reading(home) as connection:
        query = "SELECT credential_id FROM passkeys WHERE user_name = ? AND rp_id = ? ORDER BY added_at"
        return [row["credential_id"] for row in connection.execute(query, (name, rp_id))]


def owned(home: Path, credential_id: bytes, rp_id: str) -> Owned | None:
    """The credential of that id, where it belongs to this host name."""
    with reading(home) as connection:
        row = connection.execute(
            "SELECT u.name, u.role, u.disabled, u.password_hash, h.handle, p.credential FROM passkeys p"
            " JOIN users u ON u.name = p.user_name JOIN passkey_handles h ON h.user_name = p.user_name"
            " WHERE p.credential_id = ? AND p.rp_id = ?",
            (credential_id, rp_id),
        ).fetchone()
    return None if row is None else Owned(users.user_of(row), row["handle"], row["credential"])


def handle(home: Path, name: str) -> bytes:
    """The random number by which authenticators know an account; it tells nobody the name."""
    with transaction(home) as connection:
        fresh = secrets.token_bytes(_HANDLE_BYTES)
        connection.execute("INSERT OR IGNORE INTO passkey_handles VALUES (?, ?)", (name, fresh))
        row = connection.execute("SELECT handle FROM passkey_handles WHERE user_name = ?", (name,)).fetchone()
        found: bytes = row["handle"]
        return found


def check_label(home: Path, name: str, label: str) -> None:
    """Raise `UsageError` where an account can have no further passkey, or none that is called so."""
    there = list_passkeys(home, name)
    if len(there) >= MOST:
        raise UsageError(sentences.PASSKEYS_ENOUGH.format(most=MOST))
    if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
        raise UsageError(sentences.NO_PASSKEY_NAME.format(most=LONGEST_LABEL))
    if any(each.label.casefold() == label.casefold() for each in there):
        raise UsageError(sentences.PASSKEY_EXISTS.format(label=label))


def add(
    home: Path,
    name: str,
    label: str,
    site: Site,
    made: Made,
    keep: str,
    now: float | None = None,
    *,
    only: bool = False,
) -> list[str]:
    """Keep a new credential of an account; returns recovery codes where it is the first second factor, else none.

    Raises `UsageError` as `check_label` does, for a credential that is kept already, of whomever, and where it is to be
    the `only` second factor for an account that has one. Where it is the first, sessions but the one numbered `keep`
    end: they began without.
    """
    check_label(home, name, label)
    moment = time.time() if now is None else now
    try:
        with transaction(home) as connection:
            codes, ended = factors.begun(connection, name, keep, only=only)
            query = "SELECT count(*) FROM passkeys WHERE user_name = ?"
            if connection.execute(query, (name,)).fetchone()[0] >= MOST:
                raise UsageError(sentences.PASSKEYS_ENOUGH.format(most=MOST))
            connection.execute(
                "INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (made.credential_id, name, site.rp_id, label, made.credential, made.counter, moment),
            )
            detail = {"passkey": label, "host": site.rp_id, "sessions_ended": ended}
            AuditLog(home).append(user=name, action="account.passkey.add", target=name, detail=detail)
    except sqlite3.IntegrityError as error:
        raise UsageError(sentences.PASSKEY_KNOWN) from error
    return codes


def remove(home: Path, name: str, number: str) -> str:
    """Forget a passkey of an account, and return what it was called.

    Raises `UsageError` when there is none of that number, and for the last second factor where one is required.
    """
    with transaction(home) as connection:
        rows = connection.execute("SELECT credential_id, label FROM passkeys WHERE user_name = ?", (name,)).fetchall()
        found = next((row for row in rows if _number(row["credential_id"]) == number), None)
        if found is None:
            raise UsageError(sentences.NO_PASSKEY)
        connection.execute("DELETE FROM passkeys WHERE credential_id = ?", (found["credential_id"],))
        factors.ended(connection, name)
        detail = {"passkey": found["label"]}
        AuditLog(home).append(user=name, action="account.passkey.remove", target=name, detail=detail)
        label: str = found["label"]
        return label


def use(home: Path, credential_id: bytes, counter: int, now: float) -> bool:
    """Note that a credential has signed; False when its count has not gone on: then there is a copy of it somewhere.

    Authenticators that do not count say 0 each time.
    """
    with transaction(home) as connection:
        query = (
            "UPDATE passkeys SET counter = :counter, used_at = :now"
            " WHERE credential_id = :id AND (counter < :counter OR (counter = 0 AND :counter = 0))"
        )
        return bool(connection.execute(query, {"counter": counter, "now": now, "id": credential_id}).rowcount)


def _number(credential_id: bytes) -> str:
    """By which a page names a passkey: ids may have a thousand bytes."""
    return hashlib.sha256(credential_id).hexdigest()[:16]
