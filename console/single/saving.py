"""Changing single sign-on's settings: for super_admins, on the audit log, and with an end to what no longer holds."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

from console import sentences
from console.actions import act
from console.database import transaction
from console.single import provider
from console.single.configuration import SECRET_LENGTH, SignOn, checked, from_json, to_json
from console.users import Role, User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog


def save(home: Path, user: User | None, given: SignOn, new_secret: str = "", *, forget_secret: bool = False) -> bool:
    """Keep the settings; returns whether anything is another thing now. Raises `UsageError` with a wrong `field`.

    An empty secret keeps the one that is set, unless `forget_secret`. Another issuer never inherits it: it would go to
    somebody else. Sessions that could not begin any more end, and sign-ins that are under way.
    """
    with transaction(home) as connection, act(home, "settings.sign_on", user) as now:
        valid = checked(given)
        row = connection.execute("SELECT settings, secret, unsealed(secret) AS plain FROM single_sign_on").fetchone()
        before = SignOn() if row is None else from_json(row["settings"])
        kept = "" if row is None else row["secret"]
        opened = "" if row is None else row["plain"]
        secret = _secret(new_secret) or ("" if forget_secret else kept)
        if secret and not new_secret and valid.issuer != before.issuer:
            raise UsageError(sentences.SIGN_ON_SECRET_AGAIN, field="secret")
        if valid == before and secret == kept:
            return False
        statement = "INSERT OR REPLACE INTO single_sign_on VALUES (1, ?, CASE ? WHEN '' THEN '' ELSE sealed(?) END)"
        connection.execute(statement, (to_json(valid), secret, secret))
        ended = _end_what_no_longer_holds(connection, valid)
        detail = _recorded(before, valid)
        if secret != kept:
            detail["client_authentication"] = {"before": _word(opened or kept), "after": _word(secret)}
        detail["sessions_ended"] = ended
        AuditLog(home).append(user=now.name, action="settings.sign_on", target=valid.issuer or "console", detail=detail)
    provider.forget()
    return True


def _secret(typed: str) -> str:
    secret = typed.strip()
    if len(secret) > SECRET_LENGTH or not secret.isascii() or not secret.isprintable():
        raise UsageError(sentences.NO_TOKEN, field="secret")
    return secret


def _word(secret: str) -> str:
    return "set" if secret else "empty"


def _recorded(before: SignOn, after: SignOn) -> dict[str, Any]:
    old, new = asdict(before), asdict(after)
    return {name: {"before": old[name], "after": new[name]} for name in new if new[name] != old[name]}


def _end_what_no_longer_holds(connection: sqlite3.Connection, now: SignOn) -> int:
    """Sessions that came from another provider, or from passwords that are not taken any more; returns how many."""
    for table in ("provider_departures", "provider_arrivals"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608  one of the two above
    issuer = now.issuer if now.enabled else ""
    ended = connection.execute(
        "DELETE FROM sessions WHERE user_name IN (SELECT user_name FROM provider_accounts WHERE issuer <> ?)", (issuer,)
    ).rowcount
    if now.enabled and not now.local_sign_in:
        ended += connection.execute(
            "DELETE FROM sessions WHERE user_name NOT IN (SELECT user_name FROM provider_accounts)"
            " AND user_name NOT IN (SELECT name FROM users WHERE role = ?)",
            (Role.SUPER_ADMIN,),
        ).rowcount
    return ended
