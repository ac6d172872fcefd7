"""Making passkeys: what an authenticator is asked for a new one, and what is kept of its answer.

For an account of which the caller knows that it may have one: `own` and `required` do.
"""

from __future__ import annotations

from pathlib import Path

from console import sentences
from console.passkeys import challenges, store, webauthn
from console.passkeys.challenges import Ceremony
from console.passkeys.entry import Answer, Asked
from console.passkeys.sites import Site
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog


def ask(home: Path, name: str, label: str, site: Site, address: str) -> Asked:
    """Ask for a new passkey that is called so; raises `UsageError` as `store.check_label` does."""
    store.check_label(home, name, label)
    token, challenge = challenges.begin(home, Ceremony.ADD, site, address, name)
    known = store.ids(home, name, site.rp_id)
    return token, webauthn.to_make(site, challenge, store.handle(home, name), name, known)


def keep(home: Path, name: str, label: str, given: Answer, session: str, *, only: bool = False) -> list[str]:
    """Keep the passkey that an authenticator has made; returns and raises as `store.add` does."""
    challenge = challenges.take(home, given.token, Ceremony.ADD, given.site, name)
    made = webauthn.made(given.site, challenge, given.text)
    if made is None:
        detail = {"passkey": label, "address": given.device.address}
        AuditLog(home).append(user=name, action="account.passkey.add", target=name, outcome="refused", detail=detail)
        raise UsageError(sentences.PASSKEY_NOT_MADE)
    return store.add(home, name, label, given.site, made, session, only=only)
