"""Accounts of people from the provider: found by issuer and subject, made at the first sign-in, never by taking over.

Such an account has no password, and its role is the provider's matter: it follows at each sign-in.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from console import sentences, users
from console.database import reading, transaction
from console.single.configuration import MOST_CHARACTERS, may_be_called
from console.single.persons import Person
from console.single.refusals import SignOnRefused
from console.single.tokens import SUBJECT_LENGTH
from console.users import NO_PASSWORD, User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

BY = "oidc"
"""Who it is on the audit log that gives a role, or adds an account, because the provider says so."""


def find(home: Path, issuer: str, subject: str) -> User | None:
    """Whose account it is, None for nobody's yet."""
    with reading(home) as connection:
        return _find(connection, issuer, subject)


def _find(connection: sqlite3.Connection, issuer: str, subject: str) -> User | None:
    row = connection.execute(
        "SELECT u.* FROM provider_accounts p JOIN users u ON u.name = p.user_name WHERE p.issuer = ? AND p.subject = ?",
        (issuer, subject),
    ).fetchone()
    return None if row is None else users.user_of(row)


def admit(home: Path, person: Person, *, create: bool) -> User:
    """The account of a person, made if need be, with the role that it has now; raises `SignOnRefused`."""
    user = find(home, person.issuer, person.subject) or _make(home, person, create=create)
    if user.disabled:
        raise SignOnRefused(sentences.ACCOUNT_DISABLED.format(name=user.name), reason="disabled", name=user.name)
    if user.role is person.role:
        return user
    return users.set_role(home, user.name, person.role, BY)


def _make(home: Path, person: Person, *, create: bool) -> User:
    command = f"python -m console users link NAME --issuer {person.issuer} --subject {person.subject}"
    if not create:
        raise SignOnRefused(sentences.NO_ACCOUNT_FOR_YOU.format(command=command), reason="no account")
    if not person.name:
        raise SignOnRefused(sentences.NO_NAME_FOR_YOU.format(command=command), reason="name")
    try:
        with transaction(home) as connection:
            if connection.execute("SELECT 1 FROM users WHERE name = ?", (person.name,)).fetchone():
                found = _find(connection, person.issuer, person.subject)
                if found is not None:  # made by another tab meanwhile
                    return found
                raise SignOnRefused(sentences.NAME_TAKEN.format(name=person.name, command=command), reason="name taken")
            users.insert(connection, person.name, person.role, NO_PASSWORD)
            _connect(connection, person.name, person.issuer, person.subject)
            detail = {"role": str(person.role), "issuer": person.issuer, "subject": person.subject}
            AuditLog(home).append(user=BY, action="user.add", target=person.name, detail=detail)
    except sqlite3.IntegrityError as error:
        # The same person under another name, in another tab at the same moment.
        raise SignOnRefused(sentences.JOURNEY_OVER, reason="state") from error
    return User(person.name, person.role)


def _connect(connection: sqlite3.Connection, name: str, issuer: str, subject: str) -> None:
    connection.execute("INSERT INTO provider_accounts VALUES (?, ?, ?)", (issuer, subject, name))


def link(home: Path, name: str, issuer: str, subject: str, by: str) -> User:
    """Give an account to a person of the provider, who signs in with nothing else from then on.

    Its password and its one-time link are gone, and its sessions. Refused with `UsageError` for the last super_admin
    with a password, and when the account or the person is linked already.
    """
    if not may_be_called(issuer) or len(issuer) > MOST_CHARACTERS:
        raise UsageError(sentences.NO_ISSUER)
    if not 0 < len(subject) <= SUBJECT_LENGTH or not subject.isprintable():
        raise UsageError(sentences.NO_SUBJECT)
    try:
        with transaction(home) as connection:
            user = users.known(connection, name)
            with users.one_stays(connection, user.name):
                connection.execute("UPDATE users SET password_hash = ? WHERE name = ?", (NO_PASSWORD, user.name))
            _connect(connection, user.name, issuer, subject)
            connection.execute("DELETE FROM reset_links WHERE user_name = ?", (user.name,))
            connection.execute("DELETE FROM sessions WHERE user_name = ?", (user.name,))
            detail = {"issuer": issuer, "subject": subject}
            AuditLog(home).append(user=by, action="user.provider", target=user.name, detail=detail)
    except sqlite3.IntegrityError as error:
        raise UsageError(sentences.LINKED_ALREADY.format(name=name)) from error
    return user


def unlink(home: Path, name: str, by: str) -> User:
    """Take an account back from the provider: its sessions end, and it waits for a password of the console's own."""
    with transaction(home) as connection:
        user = users.known(connection, name)
        if not connection.execute("DELETE FROM provider_accounts WHERE user_name = ?", (user.name,)).rowcount:
            raise UsageError(sentences.NOT_LINKED.format(name=name))
        connection.execute("DELETE FROM sessions WHERE user_name = ?", (user.name,))
        AuditLog(home).append(user=by, action="user.provider.off", target=user.name)
    return user
