"""Signing in at the provider: where the browser is sent, and what is made of the answer that it brings back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from console import devices, factors, noted, sentences, sessions
from console.clock import Moment
from console.devices import Device
from console.factors import Need
from console.single import accounts, configuration, journeys, persons, tokens
from console.single import provider as providers
from console.single.configuration import SignOn
from console.single.journeys import Arrival, Departure, Tokens
from console.single.persons import Person
from console.single.provider import Provider
from console.single.refusals import ProviderFailed, SignOnRefused
from console.single.tokens import Expected
from console.users import User
from etl_batch.reporting.formatting import visible
from etl_batch.security.audit import AuditLog

CALLBACK = f"{journeys.PATH}/callback"
NOBODY = "(unknown)"
"""Who it is on the audit log whose account is not known, as after a wrong password."""
REPORTED: tuple[str, ...] = ("reason", "subject")
"""What the audit log has of a refusal."""
_FORM = "application/x-www-form-urlencoded"
_ERROR_WORD = re.compile(r"[a-z_]{1,60}")


@dataclass(frozen=True, slots=True)
class Offer:
    """What the sign-in form says of single sign-on."""

    label: str = ""
    """Empty where there is none."""
    passwords: bool = True


@dataclass(frozen=True, slots=True)
class Visit:
    """The browser that asks: where it found the console, its address, and who is signed in there already."""

    site: str
    address: str
    user: User | None = None


def offer(home: Path) -> Offer:
    """What the sign-in form says of single sign-on."""
    found = configuration.load(home)
    return Offer(found.label, found.local_sign_in) if found.enabled else Offer()


def depart(home: Path, visit: Visit, target: str, *, again: bool) -> tuple[str, str]:
    """Where the browser goes to sign in, and the token that it holds meanwhile.

    `again`: whoever is signed in proves it by signing in once more. Raises `SignOnRefused` and `ProviderFailed`.
    """
    settings = _settings(home)
    provider = providers.find(settings.issuer)
    redirect_uri = (settings.address or visit.site) + CALLBACK
    verifier, nonce, moment = secrets.token_urlsafe(48), secrets.token_urlsafe(32), Moment.of()
    name = visit.user.name if again and visit.user else ""
    way = Departure(nonce, verifier, redirect_uri, target, name, moment.wall)
    held = journeys.depart(home, way, visit.address, moment)
    more = {"prompt": "login", "max_age": "0"} if again else {}
    if settings.acr:
        more["acr_values"] = settings.acr
    address = prepare_grant_uri(
        provider.authorization_endpoint,
        client_id=settings.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=settings.scopes,
        state=held.state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        **more,
    )
    return str(address), held.browser


def come_back(home: Path, answer: Mapping[str, str], browser: str) -> str:
    """Take the provider's answer; returns the token of an arrival. Raises `SignOnRefused` and `ProviderFailed`.

    Every refusal of a browser that was sent out is on the audit log, with its reason, once in a while for each.
    """
    # Before anything else, and whatever comes of it: an answer counts once.
    way = journeys.take(home, Tokens(answer.get("state", ""), browser))
    try:
        return _arrived(home, answer, way)
    except SignOnRefused as error:
        facts = {name: str(error.facts[name]) for name in REPORTED if name in error.facts}
        noted.sign_on_refusal(home, str(error.facts.get("name", NOBODY)), {"by": accounts.BY, **facts})
        raise


def _arrived(home: Path, answer: Mapping[str, str], way: Departure) -> str:
    settings = _settings(home)
    provider = providers.find(settings.issuer)
    _check_answer(answer, provider)
    given = _exchanged(home, settings, provider, answer.get("code", ""), way)
    token, access_token = given.get("id_token"), given.get("access_token")
    if not isinstance(token, str):
        raise SignOnRefused(sentences.IDENTITY_TOKEN_WRONG.format(part="id_token"), reason="id_token")
    beside = access_token if isinstance(access_token, str) else ""
    since = way.wall if way.again else None
    claims = tokens.verified(token, provider, Expected(settings.client_id, way.nonce, beside, since))
    try:
        person = persons.person(claims, settings)
        _check_the_same(home, person, way.again)
        user = accounts.admit(home, person, create=settings.create)
    except SignOnRefused as error:
        error.facts["subject"] = claims["sub"]
        raise
    return journeys.arrive(
        home, Arrival(user, person.strong, tokens.is_fresh(claims, way.wall), bool(way.again), way.target)
    )


def _check_the_same(home: Path, person: Person, name: str) -> None:
    """Raise `SignOnRefused` where somebody was to prove who they are, and somebody else has signed in."""
    if not name:
        return
    user = accounts.find(home, person.issuer, person.subject)
    if user is None or user.name.casefold() != name.casefold():
        raise SignOnRefused(sentences.SOMEBODY_ELSE.format(name=name), reason="somebody else", name=name)


def _settings(home: Path) -> SignOn:
    settings = configuration.load(home)
    if not settings.enabled:
        raise SignOnRefused(sentences.SIGN_ON_OFF, reason="off")
    return settings


def _check_answer(answer: Mapping[str, str], provider: Provider) -> None:
    """Raise `SignOnRefused` for an answer of another provider (RFC 9207), a refusal, or one without a code."""
    issuer = answer.get("iss")
    if (issuer is not None and issuer != provider.issuer) or (issuer is None and provider.says_issuer):
        raise SignOnRefused(sentences.ANSWER_OF_ANOTHER, reason="iss of the answer")
    error = answer.get("error")
    if error is not None:
        word = error if _ERROR_WORD.fullmatch(error) else "error"
        raise SignOnRefused(sentences.PROVIDER_SAID_NO.format(word=word), reason=f"the provider: {word}")
    if not answer.get("code"):
        raise SignOnRefused(sentences.JOURNEY_OVER, reason="no code")


def _exchanged(home: Path, settings: SignOn, provider: Provider, code: str, way: Departure) -> Mapping[str, object]:
    """What the provider gives for a code, which it takes from nobody but the console that has sent the browser."""
    secret = configuration.secret(home)
    if secret is None:
        raise SignOnRefused(sentences.SIGN_ON_SECRET_LOST, reason="secret")
    method = "none"
    if secret:
        # In a header not everybody spells signs of a secret alike; in a form they do. The header is what all must take.
        method = "client_secret_post" if "client_secret_post" in provider.auth_methods else "client_secret_basic"
    body = prepare_token_request(
        "authorization_code", redirect_uri=way.redirect_uri, code=code, code_verifier=way.verifier
    )
    client = ClientAuth(settings.client_id, secret, method)
    address, headers, body = client.prepare("POST", provider.token_endpoint, {"Content-Type": _FORM}, body)
    try:
        return providers.ask(address, body, headers)
    except ProviderFailed as error:
        word = str(error.facts.get("error", ""))
        if word:
            said = visible(word, 60)
            raise SignOnRefused(sentences.PROVIDER_SAID_NO.format(word=said), reason=f"the provider: {said}") from error
        raise


def settle(home: Path, browser: str, device: Device) -> Arrival:
    """Whoever has arrived, on the audit log; raises `SignOnRefused` for nobody."""
    arrival = journeys.settle(home, browser)
    if arrival.again:
        return arrival
    detail = {"by": accounts.BY, "issuer": configuration.load(home).issuer, "address": device.address}
    detail["browser"] = "known" if devices.known(home, device, arrival.user.name) else "new"
    if arrival.strong:
        detail["factor"] = "provider"
    # As after a password: where a second factor is still to come, it is no sign-in yet.
    action = "login" if need(home, arrival) is Need.NOTHING else "login.provider"
    AuditLog(home).append(user=arrival.user.name, action=action, target="console", detail=detail)
    return arrival


def need(home: Path, arrival: Arrival) -> Need:
    """What a sign-in takes beside the provider's word: nothing where the provider has seen a second factor."""
    return Need.NOTHING if arrival.strong else factors.need(home, arrival.user.name)


def session(home: Path, arrival: Arrival, address: str) -> str:
    """A session for whoever has arrived; returns its token, and raises as `sessions.enter` does.

    Whom the provider knew from before has proved nothing here: what takes a proof asks for another sign-in there.
    """
    return sessions.enter(
        home, arrival.user, address, Need.NOTHING, provider_factor=arrival.strong, proved=arrival.fresh
    )
