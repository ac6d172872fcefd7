"""What a person does with the own account: the password, and the places they are signed in."""

from __future__ import annotations

from pathlib import Path

from console import devices, factors, guesses, login, passwords, proof, sentences, sessions, users
from console.actions import BY_NAME, act
from console.database import transaction
from console.devices import KnownDevice
from console.sessions import OpenSession
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.language import LANGUAGES
from etl_batch.security.audit import AuditLog

BROWSERS = "the browser's"


def own_sessions(home: Path, user: User | None) -> list[OpenSession]:
    """Where the user is signed in."""
    with act(home, "session.list", user) as now:
        return sessions.open_sessions(home, now.name)


def end_session(home: Path, user: User | None, number: str) -> int:
    """End one of the user's own sessions; returns 1, or 0 when it had ended already."""
    with act(home, "session.end", user) as now:
        return sessions.end_number(home, now.name, number, now.name)


def end_others(home: Path, user: User | None, keep: str) -> int:
    """End all of the user's own sessions but the one with that number; returns how many ended."""
    with act(home, "session.end_others", user) as now:
        return sessions.end_all(home, now.name, now.name, keep)


def _address(home: Path, user: User, number: str) -> str:
    found = (session.address for session in sessions.open_sessions(home, user.name) if session.number == number)
    return next(found, "unknown")


def prove(home: Path, user: User | None, password: str, number: str, code: str = "") -> None:
    """Type the own password again in the session with that number, and a code where there is a second factor.

    Raises as `console.proof.give` does.
    """
    with act(home, "session.prove", user) as now:
        proof.give(home, now, password, number, _address(home, now, number), code)


def choose_language(home: Path, user: User | None, language: str | None) -> None:
    """Show the console to the user in a language; None for the browser's. Raises `UsageError` for one it has not."""
    with act(home, "account.language", user) as now:
        if language is not None and language not in LANGUAGES:
            raise UsageError(sentences.NO_LANGUAGE.format(known=", ".join(LANGUAGES)))
        with transaction(home) as connection:
            connection.execute("UPDATE users SET language = ? WHERE name = ?", (language, now.name))
            detail = {"language": language or BROWSERS}
            AuditLog(home).append(user=now.name, action="account.language", target=now.name, detail=detail)


def own_devices(home: Path, user: User | None, cookie: str) -> list[KnownDevice]:
    """The browsers that the user has signed in from."""
    with act(home, "device.list", user) as now:
        return devices.list_devices(home, now.name, cookie)


def put_notice_away(home: Path, user: User | None, cookie: str) -> None:
    """Say of new browsers no more that they are new."""
    with act(home, "device.seen", user) as now:
        devices.seen(home, now.name, cookie)


def change_password(home: Path, user: User | None, current: str, new: str, keep: str, code: str = "") -> int:
    """Change the user's own password and end all sessions but the one numbered `keep`; returns how many ended.

    Raises `Busy` after too many failures, as signing in does, `SignInRefused` when the current password (or the
    second factor's code) is not right,
    `ProofNeeded` when the second factor is a passkey that was shown too long ago, and `UsageError` when the new one
    breaks the rules, is weak or is the current one.
    """
    with act(home, "account.password", user) as now:
        if users.from_provider(home, now.name):
            raise UsageError(sentences.NO_PASSWORD_HERE.format(name=now.name))
        passwords.check_strength(new, now.name)
        address, found = _address(home, now, keep), factors.find(home, now.name)
        by_passkey = found is not None and found.since is None
        if by_passkey:
            proof.require(home, BY_NAME["account.password"].words)
        checked = login.confirm(home, now, current, address, keep, code, shown=by_passkey)
        if new == current:
            raise UsageError(sentences.PASSWORD_IS_CURRENT)
        password_hash = passwords.hash_password(new)
        with transaction(home) as connection:
            # The slow part is over: by now somebody may have given the account another password, or locked it.
            if not users.stands(connection, checked):
                raise UsageError(sentences.PASSWORD_CHANGED_MEANWHILE)
            connection.execute("UPDATE users SET password_hash = ? WHERE name = ?", (password_hash, now.name))
            connection.execute("DELETE FROM reset_links WHERE user_name = ?", (now.name,))
            guesses.forgive(connection, now.name)
            query = "DELETE FROM sessions WHERE user_name = ? AND substr(lower(hex(token_hash)), 1, 16) <> ?"
            ended = connection.execute(query, (now.name, keep)).rowcount
            connection.execute("UPDATE sessions SET renew = 1 WHERE user_name = ?", (now.name,))
            detail = {"address": address, "sessions_ended": ended}
            AuditLog(home).append(user=now.name, action="account.password", target=now.name, detail=detail)
        return ended


def begin_factor(home: Path, user: User | None) -> str:
    """A secret for the user's authenticator app; nothing is kept of it before `turn_factor_on`."""
    with act(home, "account.factor.on", user) as now:
        found = factors.find(home, now.name)
        if found and found.since is not None:
            raise UsageError(sentences.FACTOR_ON_ALREADY)
        return factors.new_secret()


def turn_factor_on(home: Path, user: User | None, secret: str, code: str, keep: str) -> list[str]:
    """Ask the user for codes from now on; returns the recovery codes. Sessions but the one numbered `keep` end."""
    with act(home, "account.factor.on", user) as now:
        return factors.turn_on(home, now.name, secret, code, keep)


def turn_factor_off(home: Path, user: User | None) -> None:
    """Ask the user for the password only."""
    with act(home, "account.factor.off", user) as now:
        factors.turn_off(home, now.name)


def renew_recovery_codes(home: Path, user: User | None) -> list[str]:
    """Other recovery codes for the user's second factor."""
    with act(home, "account.factor.codes", user) as now:
        return factors.renew_codes(home, now.name)
