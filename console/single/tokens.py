"""The identity token: the provider's word for who somebody is, believed when every check of it holds.

The signature is one by a key that the provider publishes, by an algorithm with a public half: without that anybody
could sign who can read the keys. The claims are checked by `authlib` after OpenID Connect Core, section 3.1.3.7.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from console import sentences
from console.single import provider as providers
from console.single.provider import Provider
from console.single.refusals import SignOnRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60
"""The two clocks may be apart so far."""
SUBJECT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token is held against."""

    client_id: str
    nonce: str
    access_token: str
    """What came beside it; empty for nothing."""
    signed_in_since: float | None = None
    """When the person has to have signed in at the provider at the earliest; None: whenever."""


def verified(token: str, provider: Provider, expected: Expected) -> dict[str, Any]:
    """The claims of a token that holds; raises `SignOnRefused` for one that does not, `ProviderFailed` without keys."""
    found = _opened(token, provider)
    claims: dict[str, Any] = found.claims
    # Exactly that issuer, and the console among those it is meant for; with others beside it `azp` has to name it.
    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    try:
        CodeIDToken(claims, found.header, options, params).validate(int(time.time()), LEEWAY_SECONDS)
    except ExpiredTokenError as error:
        raise _wrong("exp") from error
    except (InvalidClaimError, MissingClaimError) as error:
        raise _wrong(str(getattr(error, "claim", "claims"))) from error
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        # A claim of a type that it cannot have.
        raise _wrong("claims") from error
    if not isinstance(claims["iss"], str) or not isinstance(claims.get("azp", ""), str):
        raise _wrong("iss" if not isinstance(claims["iss"], str) else "azp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH or not subject.isprintable():
        raise _wrong("sub")
    if expected.signed_in_since is not None and not is_fresh(claims, expected.signed_in_since):
        raise SignOnRefused(sentences.NOT_SIGNED_IN_AGAIN, reason="auth_time")
    return claims


def is_fresh(claims: Mapping[str, Any], since: float) -> bool:
    """Whether somebody has signed in at the provider since a moment, as far as the two clocks can tell."""
    signed_in = claims.get("auth_time")
    if isinstance(signed_in, bool) or not isinstance(signed_in, int | float):
        return False
    return signed_in >= since - LEEWAY_SECONDS


def _opened(token: str, provider: Provider) -> jwt.Token:
    """The token, its signature checked. Keys that do not have one that fits are asked for once more."""
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        header = jws.extract_compact(token.encode(), registry=registry).headers()
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise _wrong("alg")
        found = _by_any(token, header, providers.keys(provider), registry)
        found = found or _by_any(token, header, providers.keys_again(provider), registry)
    except (JoseError, ValueError, TypeError) as error:
        raise _wrong("signature") from error
    if found is None:
        raise _wrong("kid" if header.get("kid") is not None else "signature")
    return found


def _by_any(token: str, header: dict[str, Any], keys: tuple[Key, ...], registry: JWSRegistry) -> jwt.Token | None:
    """The token by the key that it names, or by whichever fits when it names none; None when there is none."""
    named = header.get("kid")
    for key in keys:
        if named is not None and key.kid != named:
            continue
        if key.get("alg") not in (None, header["alg"]):
            continue
        try:
            return jwt.decode(token, key, registry=registry)
        except BadSignatureError:
            if named is not None:
                raise
        except JoseError:
            # Of another type than the algorithm takes: with a name it is the wrong one, without it one of several.
            if named is not None:
                raise
    return None


def _wrong(part: str) -> SignOnRefused:
    return SignOnRefused(sentences.IDENTITY_TOKEN_WRONG.format(part=part), reason=part)
