"""What a person does with the own passkeys: adds them, removes them, and proves with one who it is."""

from __future__ import annotations

from pathlib import Path

from console import sentences
from console.actions import act
from console.passkeys import challenges, entry, making, store, webauthn
from console.passkeys.challenges import Ceremony
from console.passkeys.entry import Answer, Asked
from console.passkeys.sites import Site
from console.users import User
from etl_batch.errors import UsageError


def begin(home: Path, user: User | None, label: str, site: Site, address: str) -> Asked:
    """Ask for a new passkey that is called so; raises as `making.ask` does."""
    with act(home, "account.passkey.add", user) as now:
        return making.ask(home, now.name, label, site, address)


def add(home: Path, user: User | None, label: str, given: Answer, keep: str) -> list[str]:
    """Keep the passkey that an authenticator has made; sessions but the one numbered `keep` may end.

    Returns and raises as `store.add` does.
    """
    with act(home, "account.passkey.add", user) as now:
        return making.keep(home, now.name, label, given, keep)


def remove(home: Path, user: User | None, number: str) -> str:
    """Forget a passkey; returns and raises as `store.remove` does."""
    with act(home, "account.passkey.remove", user) as now:
        return store.remove(home, now.name, number)


def begin_proof(home: Path, user: User | None, site: Site, address: str) -> Asked:
    """Ask for a signature that proves who it is; raises `UsageError` where the user has no passkey for this site."""
    with act(home, "session.prove", user) as now:
        known = store.ids(home, now.name, site.rp_id)
        if not known:
            raise UsageError(sentences.NO_PASSKEY_HERE.format(host=site.rp_id))
        token, challenge = challenges.begin(home, Ceremony.PROVE, site, address, now.name)
        return token, webauthn.to_sign(site, challenge, known, verified=True)


def prove(home: Path, user: User | None, given: Answer, number: str) -> None:
    """Prove it in the session of that number; raises as `entry.prove` does."""
    with act(home, "session.prove", user) as now:
        entry.prove(home, now, given, number)
