"""What a person does with the own passkeys: adds them, removes them, and proves with one who it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console import challenges, passkey_entry, passkeys, sentences, webauthn
from console.actions import act
from console.challenges import Ceremony
from console.passkey_entry import Answer
from console.sites import Site
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

Asked = tuple[str, dict[str, Any]]
"""A token for the browser, and what its authenticator is asked."""


def begin(home: Path, user: User | None, label: str, site: Site, address: str) -> Asked:
    """Ask for a new passkey that is called so; raises `UsageError` as `passkeys.check_label` does."""
    with act(home, "account.passkey.add", user) as now:
        passkeys.check_label(home, now.name, label)
        token, challenge = challenges.begin(home, Ceremony.ADD, site, address, now.name)
        known = passkeys.ids(home, now.name, site.rp_id)
        return token, webauthn.to_make(site, challenge, passkeys.handle(home, now.name), now.name, known)


def add(home: Path, user: User | None, label: str, given: Answer, keep: str) -> list[str]:
    """Keep the passkey that an authenticator has made; returns and raises as `passkeys.add` does."""
    with act(home, "account.passkey.add", user) as now:
        challenge = challenges.take(home, given.token, Ceremony.ADD, given.site, now.name)
        made = webauthn.made(given.site, challenge, given.text)
        if made is None:
            detail = {"passkey": label}
            AuditLog(home).append(
                user=now.name, action="account.passkey.add", target=now.name, outcome="refused", detail=detail
            )
            raise UsageError(sentences.PASSKEY_NOT_MADE)
        return passkeys.add(home, now.name, label, given.site, made, keep)


def remove(home: Path, user: User | None, number: str) -> str:
    """Forget a passkey; returns and raises as `passkeys.remove` does."""
    with act(home, "account.passkey.remove", user) as now:
        return passkeys.remove(home, now.name, number)


def begin_proof(home: Path, user: User | None, site: Site, address: str) -> Asked:
    """Ask for a signature that proves who it is; raises `UsageError` where the user has no passkey for this site."""
    with act(home, "session.prove", user) as now:
        known = passkeys.ids(home, now.name, site.rp_id)
        if not known:
            raise UsageError(sentences.NO_PASSKEY_HERE.format(host=site.rp_id))
        token, challenge = challenges.begin(home, Ceremony.PROVE, site, address, now.name)
        return token, webauthn.to_sign(site, challenge, known, verified=True)


def prove(home: Path, user: User | None, given: Answer, number: str) -> None:
    """Prove it in the session of that number; raises as `passkey_entry.prove` does."""
    with act(home, "session.prove", user) as now:
        passkey_entry.prove(home, now, given, number)
