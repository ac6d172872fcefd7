"""Signing in: the check of name and password, of each of which the guesses are counted; `pending` does the rest."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path

from console import factors, guesses, passwords, sentences, users
from console.database import reading, transaction
from console.factors import Need
from console.guesses import Attempt
from console.single import configuration
from console.users import Role, User, mark_of, user_of
from etl_batch.errors import EtlError
from etl_batch.security.audit import AuditLog

LOGGER = logging.getLogger(__name__)


class SignInRefused(EtlError):
    """Name and password do not go together, or the account may not use them: the sentence does not tell which."""

    exit_code, kind = 2, "sign_in_refused"


def sign_in(home: Path, name: str, password: str, address: str, now: float | None = None, device: str = "") -> User:
    """The user whose name and password these are; `device` is the number of one that the name is known on.

    A second factor may have to be shown yet, as `factors.need` says. Raises `SignInRefused` when they are not, `Busy`
    (with `seconds`) while one has to wait. Takes the same time for names that exist and names that do not. Every
    attempt that is checked is on the audit log; an unknown name is not written there, because it may be a password
    typed into the wrong field.
    """
    attempt = Attempt(name, address, device)
    guesses.reserve(home, attempt, time.time() if now is None else now)
    with reading(home) as connection:
        row = connection.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    fits = passwords.matches(password, None if row is None else row["password_hash"])
    user = None if row is None else user_of(row)
    if user is None or not fits or user.disabled or not may_use_passwords(home, user):
        known = user.name if user is not None else "(unknown)"
        AuditLog(home).append(
            user=known, action="login", target="console", outcome="refused", detail={"address": address}
        )
        raise SignInRefused(sentences.NO_MATCH)
    detail = {"address": address, "browser": "known" if device else "new"}
    action = "login" if factors.need(home, user.name) is Need.NOTHING else "login.password"
    AuditLog(home).append(user=user.name, action=action, target="console", detail=detail)
    guesses.release(home, attempt)
    return replace(user, mark=mark_of(_renewed_hash(home, user.name, password, row["password_hash"])))


def signs_in_here(home: Path, user: User) -> bool:
    """Whether a user signs in with what the console itself checks, and not at the provider alone."""
    return not users.from_provider(home, user.name) and may_use_passwords(home, user)


def may_use_passwords(home: Path, user: User) -> bool:
    """Whether the settings of single sign-on leave passwords to this user: to super_admins they always do."""
    return user.role is Role.SUPER_ADMIN or configuration.passwords_taken(home)


def _renewed_hash(home: Path, name: str, password: str, stored: bytes) -> bytes:
    """Bring a hash of an earlier console to today's form, unless the password was changed meanwhile."""
    if not passwords.is_former(stored):
        return stored
    try:
        renewed = passwords.hash_password(password)
        with transaction(home) as connection:
            query = "UPDATE users SET password_hash = ? WHERE name = ? AND password_hash = ?"
            return renewed if connection.execute(query, (renewed, name, stored)).rowcount else stored
    except EtlError as error:
        LOGGER.warning(sentences.HASH_NOT_REPLACED.format(name=name, reason=error.message))
        return stored


def confirm(
    home: Path,
    user: User,
    password: str,
    address: str,
    session: str,
    code: str = "",
    now: float | None = None,
    *,
    shown: bool = False,
) -> User:
    """Let a signed-in user prove who it is, in the session of that number, which has a counter of its own.

    `code` is one of the second factor, for an account that has one; it is spent if the password is right. Where the
    session has `shown` it already, none is asked for. Returns the user as the password is now. Raises `SignInRefused`
    when they are not that user's, `Busy` (with `seconds`) while one has to wait.
    """
    attempt = Attempt(user.name, address, f"session-{session}")
    guesses.reserve(home, attempt, time.time() if now is None else now)
    with reading(home) as connection:
        row = connection.execute("SELECT * FROM users WHERE name = ? AND NOT disabled", (user.name,)).fetchone()
    has_factor = not shown and factors.find(home, user.name) is not None
    fits = passwords.matches(password, None if row is None else row["password_hash"])
    if not fits or (has_factor and factors.spend(home, user.name, code, now) is None):
        detail = {"address": address}
        AuditLog(home).append(
            user=user.name, action="account.password", target=user.name, outcome="refused", detail=detail
        )
        raise SignInRefused(sentences.PASSWORD_OR_CODE_WRONG if has_factor else sentences.CURRENT_PASSWORD_WRONG)
    guesses.release(home, attempt)
    return user_of(row)
