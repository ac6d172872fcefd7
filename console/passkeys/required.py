"""A passkey as the second factor that an account takes before anything else: set up between password and session."""

from __future__ import annotations

from pathlib import Path

from console import pending, sentences
from console.passkeys import making
from console.passkeys.entry import Answer, Asked
from console.passkeys.sites import Site
from console.pending import Pending
from console.users import User
from etl_batch.errors import UsageError


def begin(home: Path, token: str, label: str, site: Site, address: str) -> Asked:
    """Ask for a new passkey for the account whose sign-in waits under a token; raises `UsageError` as `set_up` does."""
    return making.ask(home, _lacking(home, token).user.name, label, site, address)


def set_up(home: Path, token: str, label: str, given: Answer) -> tuple[User, list[str]]:
    """The user who has set it up, and the recovery codes.

    Raises `UsageError` when the sign-in is over, the account has a second factor, or no passkey was made.
    """
    waiting = _lacking(home, token)
    codes = making.keep(home, waiting.user.name, label, given, "", only=True)
    pending.record(home, waiting.user, "ok", address=given.device.address, factor="set up")
    pending.end(home, token)
    return waiting.user, codes


def _lacking(home: Path, token: str) -> Pending:
    """The sign-in of a token, of an account that has no second factor yet."""
    waiting = pending.waiting(home, token)
    if not waiting.secret:
        raise UsageError(sentences.FACTOR_ON_ALREADY)
    return waiting
