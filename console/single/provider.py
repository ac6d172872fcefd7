"""The provider: what it says of itself and of its keys, asked for over the network and kept for an hour.

A provider that is slow or away costs whoever signs in with it at most `SECONDS` for each question, and nobody else
anything. What it answers is never longer than `MOST_BYTES`, and leads nowhere by itself.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from urllib3.exceptions import HTTPError

from console import sentences
from console.clock import over, steady
from console.outgoing.addresses import ForbiddenAddress
from console.outgoing.calls import USER_AGENT, Deadline, guarded, trouble, trusted
from console.single.configuration import may_be_called
from console.single.refusals import ProviderFailed
from etl_batch.reporting.formatting import visible

SECONDS = 5.0
MOST_BYTES = 1 << 20
KEPT_SECONDS, AGAIN_SECONDS = 3600.0, 60.0
"""How long an answer is kept, and how often at most keys are asked for again because one is not among them."""
KEY_KINDS = frozenset({"RSA", "EC", "OKP"})
"""Keys that have a public half: a shared secret has no place among what everybody may read."""
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Provider:
    """What the discovery document says, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    auth_methods: tuple[str, ...] = ()
    """How the console may prove who it is; empty where nothing is said."""
    says_issuer: bool = False
    """Whether each answer names its issuer (RFC 9207)."""


@dataclass(slots=True)
class _Kept:
    provider: Provider
    since: float
    keys: tuple[Key, ...] = ()
    keys_since: float | None = None
    asked_again: float | None = None


_kept: dict[str, _Kept] = {}
_lock = threading.Lock()


def forget() -> None:
    """Ask for everything anew: the settings have changed."""
    with _lock:
        _kept.clear()


def find(issuer: str) -> Provider:
    """What the provider says of itself; raises `ProviderFailed`."""
    with _lock:
        kept = _kept.get(issuer)
    if kept is not None and not over(kept.since, steady(), KEPT_SECONDS):
        return kept.provider
    provider = _discovered(issuer)
    with _lock:
        _kept[issuer] = _Kept(provider, steady())
    return provider


def keys(provider: Provider) -> tuple[Key, ...]:
    """The provider's public keys; raises `ProviderFailed`."""
    with _lock:
        kept = _kept.get(provider.issuer)
        if kept is not None and kept.keys_since is not None and not over(kept.keys_since, steady(), KEPT_SECONDS):
            return kept.keys
    return _fetched_keys(provider)


def keys_again(provider: Provider) -> tuple[Key, ...]:
    """The keys as they are now, for a token that none of them fits; asked for once a minute at most."""
    with _lock:
        kept = _kept.setdefault(provider.issuer, _Kept(provider, steady()))
        if kept.asked_again is not None and not over(kept.asked_again, steady(), AGAIN_SECONDS):
            return kept.keys
        kept.asked_again = steady()
    return _fetched_keys(provider)


def _fetched_keys(provider: Provider) -> tuple[Key, ...]:
    answer = ask(provider.jwks_uri)
    given = answer.get("keys")
    keys = map(_key, given if isinstance(given, list) else ())
    found: tuple[Key, ...] = tuple(key for key in keys if key is not None)
    if not found:
        raise _failed(sentences.PROVIDER_NO_KEYS, "keys")
    with _lock:
        kept = _kept.setdefault(provider.issuer, _Kept(provider, steady()))
        kept.keys, kept.keys_since = found, steady()
    return found


def _key(given: Any) -> Key | None:
    """A key that signatures are held against; None for any other, which is no trouble of those beside it."""
    if not isinstance(given, dict) or given.get("kty") not in KEY_KINDS or given.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(given)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _discovered(issuer: str) -> Provider:
    answer = ask(get_well_known_url(issuer, external=True))
    if answer.get("issuer") != issuer:
        raise _failed(sentences.PROVIDER_OTHER_ISSUER, "issuer")
    ends = [answer.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    plain = urlsplit(issuer).scheme == "http"
    for end in ends:
        # A provider that is reached over https never leads from there to where others listen.
        if not isinstance(end, str) or not may_be_called(end) or (urlsplit(end).scheme == "http" and not plain):
            raise _failed(sentences.PROVIDER_NO_ENDPOINT, "endpoint")
    methods = answer.get("token_endpoint_auth_methods_supported")
    names = tuple(name for name in methods if isinstance(name, str)) if isinstance(methods, list) else ()
    says_issuer = answer.get("authorization_response_iss_parameter_supported") is True
    authorization, token, jwks = map(str, ends)
    return Provider(issuer, authorization, token, jwks, names, says_issuer)


def ask(address: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object that an address of the provider answers with, to GET, or to POST of a body.

    Raises `ProviderFailed`; its `error` is the provider's own word for it, where it has one.
    """
    deadline = Deadline(SECONDS)
    try:
        with deadline, guarded(deadline, SECONDS) as session:
            status, answer = _asked(session, address, body, headers)
    except (ForbiddenAddress, requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise _failed(_trouble(error, deadline), "no answer") from error
    if deadline.over:
        # What was cut off in its middle may read like a whole one.
        raise _failed(sentences.NO_WHOLE_ANSWER.format(seconds=SECONDS), "no answer")
    return _object(status, answer)


def _trouble(error: Exception, deadline: Deadline) -> str:
    if isinstance(error, ForbiddenAddress):
        return error.message
    if deadline.over or not isinstance(error, requests.RequestException):
        return sentences.NO_WHOLE_ANSWER.format(seconds=SECONDS)
    return trouble(error, SECONDS)


def _failed(reason: str, word: str, said: str = "") -> ProviderFailed:
    return ProviderFailed(sentences.PROVIDER_FAILED.format(reason=reason), reason=word, error=said)


def _asked(
    session: requests.Session, address: str, body: str | None, headers: Mapping[str, str] | None
) -> tuple[int, bytes]:
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT, **(headers or {})}
    answer = session.request(
        "GET" if body is None else "POST",
        address,
        data=body,
        headers=sent,
        timeout=SECONDS,
        allow_redirects=False,
        stream=True,
        verify=trusted(),
    )
    read = b""
    while piece := answer.raw.read(_PIECE, decode_content=False):
        read += piece
        if len(read) > MOST_BYTES:
            raise _failed(sentences.PROVIDER_TOO_LONG, "length")
    return answer.status_code, read


def _object(status: int, answer: bytes) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    if status == 200 and isinstance(found, dict):
        return found
    word = found.get("error") if isinstance(found, dict) else None
    said = visible(str(word), 60) if isinstance(word, str) else ""
    if status == 200:
        raise _failed(sentences.PROVIDER_NO_JSON, "answer")
    raise _failed(sentences.PROVIDER_ANSWERED.format(status=f"{status} {said}".strip()), "answer", said)
