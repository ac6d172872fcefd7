"""Server-side sessions: random tokens of which only the SHA-256 is stored.

Looking a session up never writes. A use is written now and then; when that fails, it is kept in mind until it can be.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import sqlite3
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from pathlib import Path

from console import factors, sentences, users
from console.clock import Moment
from console.database import reading, transaction
from console.factors import Need
from console.users import User
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.security.audit import AuditLog

LOGGER = logging.getLogger(__name__)

COOKIE = "etl_session"
IDLE_SECONDS = 12 * 3600.0
ABSOLUTE_SECONDS = 7 * 24 * 3600.0
MOST_SESSIONS = 20
"""Of one account, at the same time. One more ends the one that was used longest ago: nobody is kept out."""
TOUCH_SECONDS = 60.0
"""A session's last use is written, and writing it tried, at most this often."""
REMEMBERED = 10_000
"""Sessions whose use is kept in mind while it cannot be written."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is good now, and whose it is."""

    user: User
    created_at: float
    seen_at: float
    renew: bool = False
    """Whether it is due for another token, because what it may do has changed."""


def digest(token: str) -> bytes:
    """What is stored of a token. A plain hash suffices: a token has 256 random bits, so nobody can guess it."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(cookie: str) -> str:
    """The form token that belongs to a cookie's value: a page of another site can compute neither."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def start(home: Path, user: User, address: str, now: float | Moment | None = None) -> str:
    """Open a session and return its token, the cookie's value; ended sessions are swept out on the way."""
    with transaction(home) as connection:
        return _begin(home, connection, user, address, Moment.of(now))


def enter(
    home: Path, user: User, address: str, shown: Need, *, provider_factor: bool = False, proved: bool = True
) -> str:
    """Open a session for a user who has shown who it is, and of whose second factor so much was shown here.

    `provider_factor`: whether a second factor was shown at the provider, so that the console asks for none. `proved`:
    whether that was just now, as by a password. To check it takes a while: raises `UsageError` when it is not what the
    account takes any more.
    """
    with transaction(home) as connection:
        enough = provider_factor or factors.need(home, user.name) is shown
        if not enough or not users.stands(connection, user):
            raise UsageError(sentences.SIGN_IN_OVER)
        moment = Moment.of(None)
        return _begin(home, connection, user, address, moment, provider_factor=provider_factor, proved=proved)


def _begin(
    home: Path,
    connection: sqlite3.Connection,
    user: User,
    address: str,
    moment: Moment,
    *,
    provider_factor: bool = False,
    proved: bool = True,
) -> str:
    ended = [row["token_hash"] for row in connection.execute(_ALL).fetchall() if not _stands(home, row, moment)]
    connection.executemany("DELETE FROM sessions WHERE token_hash = ?", [(each,) for each in ended])
    _make_room(home, connection, user.name)
    return insert(connection, user.name, address, moment, provider_factor=provider_factor, proved=proved)


def _make_room(home: Path, connection: sqlite3.Connection, name: str) -> None:
    """End what an account has open beyond its number with one session more, those used longest ago first."""
    query = (
        "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE user_name = ?"
        " ORDER BY seen_at DESC LIMIT -1 OFFSET ?)"
    )
    ended = connection.execute(query, (name, MOST_SESSIONS - 1)).rowcount
    if ended:
        detail = {"sessions": ended, "most": MOST_SESSIONS}
        AuditLog(home).append(user=name, action="session.end", target=name, detail=detail)


def insert(
    connection: sqlite3.Connection,
    name: str,
    address: str,
    now: float | Moment,
    *,
    provider_factor: bool = False,
    proved: bool = True,
) -> str:
    """Write a new session's row inside the caller's transaction and return its token."""
    token, moment = secrets.token_urlsafe(32), Moment.of(now)
    connection.execute(
        "INSERT INTO sessions (token_hash, user_name, created_at, seen_at, address, created_steady, seen_steady, boot,"
        " proved_steady, proved_boot, provider_factor)"
        " VALUES (:hash, :name, :wall, :wall, :address, :steady, :steady, :boot, :steady, :proved, :provider_factor)",
        {"hash": digest(token), "name": name, "address": address, "provider_factor": provider_factor}
        | {"proved": moment.boot if proved else ""}
        | {"wall": moment.wall, "steady": moment.steady, "boot": moment.boot},
    )
    connection.execute("UPDATE users SET seen_at = ? WHERE name = ?", (moment.wall, name))
    return token


def look_up(home: Path, token: str | None, now: float | Moment | None = None, touch: bool = True) -> Session | None:
    """The session of a token while it is good: not idle for 12 h, not older than 7 days, its user not disabled.

    `touch`: whether this is a use of the session, something that a person does. Needs to write nothing.
    """
    if not token:
        return None
    moment = Moment.of(now)
    with reading(home) as connection:
        row = connection.execute(f"{_ALL} WHERE s.token_hash = ?", (digest(token),)).fetchone()
    if row is None or not _stands(home, row, moment):
        return None
    if touch:
        _use(home, row, moment)
    return Session(users.user_of(row), row["created_at"], _used(home, row).wall, bool(row["renew"]))


def renew(home: Path, token: str) -> str | None:
    """Give a session that is due another token, and return it: from then on the former one opens nothing.

    None when somebody else was faster, or when it cannot be written now: the next page is soon enough.
    """
    fresh = secrets.token_urlsafe(32)
    try:
        with transaction(home, patience=0.0) as connection:
            query = "UPDATE sessions SET token_hash = ?, renew = 0 WHERE token_hash = ? AND renew"
            changed = connection.execute(query, (digest(fresh), digest(token))).rowcount
    except OutputFailed as error:
        LOGGER.warning(sentences.TOKEN_NOT_RENEWED.format(reason=error.message))
        return None
    return fresh if changed else None


_ALL = (
    f"SELECT s.*, u.name, u.role, u.disabled, u.language, {factors.LACKING} AS lacking"  # noqa: S608  a constant
    " FROM sessions s JOIN users u ON u.name = s.user_name"
)
"""The sessions with their users. Both tables know when somebody was seen: here it is the session."""


@dataclass(frozen=True, slots=True)
class _Unwritten:
    """The last use of a session that is not in the database yet, and when writing it was tried."""

    used: Moment
    tried: Moment


_unwritten: OrderedDict[tuple[Path, bytes], _Unwritten] = OrderedDict()
_unwritten_lock = threading.Lock()


def _stands(home: Path, row: sqlite3.Row, now: Moment) -> bool:
    """Whether a session is good, by whichever clock has gone further."""
    created = Moment(row["created_at"], row["created_steady"], row["boot"])
    return (
        not row["disabled"]
        # Also one that began before a second factor was required, or before its user became a super_admin.
        and (row["provider_factor"] or not row["lacking"])
        and now.longest_since(created) < ABSOLUTE_SECONDS
        and now.longest_since(_used(home, row)) < IDLE_SECONDS
    )


def _used(home: Path, row: sqlite3.Row) -> Moment:
    """When a session was used last."""
    waiting = _unwritten.get((home, row["token_hash"]))
    return waiting.used if waiting else Moment(row["seen_at"], row["seen_steady"], row["boot"])


def _use(home: Path, row: sqlite3.Row, now: Moment) -> None:
    """Note a use: in the database when the last one written is a minute old, and in mind while that cannot be done."""
    key = home, row["token_hash"]
    waiting = _unwritten.get(key)
    written = Moment(row["seen_at"], row["seen_steady"], row["boot"])
    if max(now.longest_since(written), abs(now.wall - written.wall)) <= TOUCH_SECONDS:
        return
    if waiting and now.since(waiting.tried) <= TOUCH_SECONDS:
        _keep_in_mind(key, _Unwritten(now, waiting.tried))
        return
    try:
        _write_use(home, row["token_hash"], now)
    except OutputFailed as error:
        if waiting is None:
            LOGGER.warning(sentences.USE_NOT_WRITTEN.format(reason=error.message))
        _keep_in_mind(key, _Unwritten(now, now))
        return
    with _unwritten_lock:
        _unwritten.pop(key, None)


def _keep_in_mind(key: tuple[Path, bytes], use: _Unwritten) -> None:
    with _unwritten_lock:
        _unwritten[key] = use
        _unwritten.move_to_end(key)
        while len(_unwritten) > REMEMBERED:
            _unwritten.popitem(last=False)


def _write_use(home: Path, token_hash: bytes, now: Moment) -> None:
    """Write when a session was used last; waits for nobody, raises `OutputFailed` when it cannot be done at once.

    Its beginning is brought to this start of the machine, and back from the future where the clock was set back since.
    """
    with transaction(home, patience=0.0) as connection:
        connection.execute(
            "UPDATE sessions SET seen_at = :wall, seen_steady = :steady, boot = :boot,"
            " created_steady = CASE WHEN boot = :boot THEN created_steady ELSE :steady - (:wall - created_at) END,"
            " created_at = CASE WHEN boot = :boot THEN min(created_at, :wall - (:steady - created_steady))"
            "                   ELSE created_at END WHERE token_hash = :token_hash",
            {"wall": now.wall, "steady": now.steady, "boot": now.boot, "token_hash": token_hash},
        )
        connection.execute(
            "UPDATE users SET seen_at = ? WHERE name = (SELECT user_name FROM sessions WHERE token_hash = ?)",
            (now.wall, token_hash),
        )


def end(home: Path, token: str) -> None:
    """Sign out: forget the session, on the audit log; an unknown token is no error."""
    with transaction(home) as connection:
        row = connection.execute("SELECT user_name FROM sessions WHERE token_hash = ?", (digest(token),)).fetchone()
        if row is not None:
            AuditLog(home).append(user=row["user_name"], action="logout", target="console")
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (digest(token),))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One place where a user is signed in; `number` names it and opens nothing."""

    number: str
    address: str
    created_at: float
    seen_at: float


def number_of(token: str) -> str:
    """The number of a token's session."""
    return digest(token).hex()[:16]


def open_sessions(home: Path, name: str, now: float | Moment | None = None) -> list[OpenSession]:
    """The sessions of a user that are good now, the latest used first."""
    found = [
        OpenSession(row["token_hash"].hex()[:16], row["address"], row["created_at"], _used(home, row).wall)
        for row in _good(home, now)
        if row["name"].casefold() == name.casefold()
    ]
    return sorted(found, key=lambda session: session.seen_at, reverse=True)


def counts(home: Path, now: float | Moment | None = None) -> Counter[str]:
    """How many sessions are good now, by the name of their user."""
    return Counter(row["name"] for row in _good(home, now))


def _good(home: Path, now: float | Moment | None) -> list[sqlite3.Row]:
    moment = Moment.of(now)
    with reading(home) as connection:
        return [row for row in connection.execute(_ALL) if _stands(home, row, moment)]


def end_number(home: Path, name: str, number: str, by: str) -> int:
    """End one session of a user; returns how many there were (an ended one is no error)."""
    return _end(home, name, by, "substr(lower(hex(token_hash)), 1, 16) = ?", number)


def end_all(home: Path, name: str, by: str, keep: str = "") -> int:
    """End all sessions of a user but the one with the number `keep`; returns how many ended."""
    return _end(home, name, by, "substr(lower(hex(token_hash)), 1, 16) <> ?", keep)


def end_everybodys(home: Path, by: str, keep: str = "") -> int:
    """End the sessions of all accounts but the one with the number `keep`; returns how many ended."""
    with transaction(home) as connection:
        query = "DELETE FROM sessions WHERE substr(lower(hex(token_hash)), 1, 16) <> ?"
        ended = connection.execute(query, (keep,)).rowcount
        if ended:
            AuditLog(home).append(user=by, action="session.end", target="(everybody)", detail={"sessions": ended})
    return ended


def _end(home: Path, name: str, by: str, which: str, number: str) -> int:
    with transaction(home) as connection:
        user = users.known(connection, name)
        query = f"DELETE FROM sessions WHERE user_name = ? AND {which}"  # noqa: S608  one of the two texts above
        ended = connection.execute(query, (user.name, number)).rowcount
        if ended:
            AuditLog(home).append(user=by, action="session.end", target=user.name, detail={"sessions": ended})
    return ended
