"""Signing in with a passkey: alone, after the password, and to prove again who somebody is. Guesses are counted.

Alone it is two factors in one, so the authenticator must have verified who uses it; after the password it need not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from console import devices, guesses, login, pending, proof, sentences
from console.devices import Device
from console.guesses import Attempt
from console.login import SignInRefused
from console.passkeys import challenges, store, webauthn
from console.passkeys.challenges import Ceremony
from console.passkeys.sites import Site
from console.passkeys.store import Owned
from console.passkeys.webauthn import Signed
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

FACTOR = "passkey"
"""What was taken for a factor, as the audit log has it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sends back: its token, the authenticator's answer in JSON, and where both come from."""

    token: str
    text: str
    site: Site
    device: Device


Asked = tuple[str, dict[str, Any]]
"""A token for the browser, and what its authenticator is asked."""


def begin_alone(home: Path, site: Site, address: str) -> Asked:
    """Ask for a signature of whatever passkey for this site the browser has, by an owner whom it has verified."""
    token, challenge = challenges.begin(home, Ceremony.SIGN_IN, site, address)
    return token, webauthn.to_sign(site, challenge, None, verified=True)


def alone(home: Path, given: Answer, now: float | None = None) -> User:
    """The user who signs in with a passkey and nothing else; no name is asked for.

    Raises `SignInRefused` when it is not right, `Busy` (with `seconds`) while one has to wait, `UsageError` when the
    challenge is over.
    """
    challenge = challenges.take(home, given.token, Ceremony.SIGN_IN, given.site)
    answer, owned, moment = *_named(home, given), time.time() if now is None else now
    name, address = owned.user.name if owned else "", given.device.address
    known = devices.known(home, given.device, name)
    attempt = Attempt(name, address, known)
    guesses.reserve(home, attempt, moment)
    wrong = _wrong(home, given, challenge, answer, owned, moment, alone=True)
    detail: dict[str, str | bool] = {"address": address, "factor": FACTOR, "alone": True}
    if owned is None or wrong:
        # As with a password: an account that is not there is not named.
        _refuse(home, "login", name or "(unknown)", detail | {"reason": wrong})
    guesses.release(home, attempt)
    detail["browser"] = "known" if known else "new"
    AuditLog(home).append(user=name, action="login", target="console", detail=detail)
    return owned.user


def begin_second(home: Path, waiting: str, site: Site, address: str) -> Asked:
    """Ask for a signature by a passkey of the account whose sign-in waits under a token.

    Raises `UsageError` when that is over, or the account has no passkey for this site.
    """
    name = pending.waiting(home, waiting).user.name
    known = store.ids(home, name, site.rp_id)
    if not known:
        raise UsageError(sentences.NO_PASSKEY_HERE.format(host=site.rp_id))
    token, challenge = challenges.begin(home, Ceremony.SECOND, site, address, name)
    return token, webauthn.to_sign(site, challenge, known, verified=False)


def second(home: Path, token: str, given: Answer, now: float | None = None) -> User:
    """The user whose sign-in waits under a token (`console.pending`), with a passkey for the second factor.

    Raises as `alone` does.
    """
    waiting = pending.waiting(home, token)
    name, address = waiting.user.name, given.device.address
    challenge = challenges.take(home, given.token, Ceremony.SECOND, given.site, name)
    known = devices.known(home, given.device, name)
    # The counter of wrong codes: whoever has used up the one finds no more guesses in the other.
    attempt, moment = pending.attempt_of(name, address, known), time.time() if now is None else now
    guesses.reserve(home, attempt, moment)
    answer, owned = _named(home, given)
    wrong = _wrong(home, given, challenge, answer, owned, moment, name)
    if wrong:
        _refuse(home, "login", name, {"address": address, "factor": FACTOR, "reason": wrong})
    guesses.release(home, attempt)
    pending.record(home, waiting.user, "ok", address=address, factor=FACTOR, browser="known" if known else "new")
    pending.end(home, token)
    return waiting.user


def prove(home: Path, user: User, given: Answer, number: str, now: float | None = None) -> None:
    """Take a passkey for the proof of who a user is, in the session of that number; raises as `alone` does."""
    challenge = challenges.take(home, given.token, Ceremony.PROVE, given.site, user.name)
    address, moment = given.device.address, time.time() if now is None else now
    attempt = Attempt(user.name, address, f"session-{number}")
    guesses.reserve(home, attempt, moment)
    answer, owned = _named(home, given)
    wrong = _wrong(home, given, challenge, answer, owned, moment, user.name, verified=True)
    if wrong:
        _refuse(home, "session.prove", user.name, {"address": address, "factor": FACTOR, "reason": wrong})
    guesses.release(home, attempt)
    proof.note(home, user, number, address, factor=FACTOR)


def _named(home: Path, given: Answer) -> tuple[Signed | None, Owned | None]:
    """The answer taken apart, and the credential that it names, which is not believed yet."""
    answer = webauthn.signed(given.text)
    return answer, None if answer is None else store.owned(home, answer.credential_id, given.site.rp_id)


def _wrong(
    home: Path,
    given: Answer,
    challenge: bytes,
    answer: Signed | None,
    owned: Owned | None,
    now: float,
    name: str = "",
    *,
    alone: bool = False,
    verified: bool = False,
) -> str:
    """What is wrong with an answer, in a word for the audit log; empty when it holds.

    `name`: whose it has to be. `alone`: the authenticator itself has to say whose it is.
    """
    if answer is None or owned is None:
        return "unknown"
    if (name and owned.user.name != name) or answer.handle not in ((owned.handle,) if alone else (owned.handle, None)):
        return "account"
    counter = webauthn.counter_of(given.site, challenge, answer, owned.credential, verified=alone or verified)
    if counter is None:
        return "signature"
    if owned.user.disabled:
        return "disabled"
    if alone and not login.signs_in_here(home, owned.user):
        return "provider"
    return "" if store.use(home, answer.credential_id, counter, now) else "counter"


def _refuse(home: Path, action: str, name: str, detail: Mapping[str, str | bool]) -> NoReturn:
    target = "console" if action == "login" else name
    AuditLog(home).append(user=name, action=action, target=target, outcome="refused", detail=dict(detail))
    raise SignInRefused(sentences.PASSKEY_WRONG)
