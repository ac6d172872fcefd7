"""What claims say of a person: the name, the role here, and whether a second factor was shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console import sentences
from console.single.configuration import SignOn
from console.single.refusals import SignOnRefused
from console.users import Role

MULTIPLE_FACTORS = "mfa"
"""What `amr` holds (RFC 8176) where more than one factor was shown."""
_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the provider vouches for; issuer and subject alone say who it is."""

    issuer: str
    subject: str
    name: str
    """What an account of theirs is called, as far as there is none yet; empty when the claims give none."""
    role: Role
    strong: bool
    """Whether the provider says that more than a password was shown."""


def person(claims: Mapping[str, Any], settings: SignOn) -> Person:
    """Who it is by a token's claims; raises `SignOnRefused` without a role, or without the context that is required."""
    context = settings.acr.split()
    if context and claims.get("acr") not in context:
        raise SignOnRefused(sentences.CONTEXT_MISSING, reason="acr")
    role = role_of(claims, settings)
    if role is None:
        raise SignOnRefused(sentences.NO_ROLE_FOR_YOU, reason="role")
    ways = claims.get("amr")
    strong = bool(context) or (isinstance(ways, list) and MULTIPLE_FACTORS in ways)
    return Person(settings.issuer, claims["sub"], name_of(claims, settings), role, strong)


def role_of(claims: Mapping[str, Any], settings: SignOn) -> Role | None:
    """The highest role that the mapping gives, else the default one."""
    given = set(_texts(claims, settings.role_claim))
    found = [role for value, role in settings.roles if value in given]
    return max(found, key=lambda role: role.rank, default=settings.default_role)


def name_of(claims: Mapping[str, Any], settings: SignOn) -> str:
    """A name by the console's rules from the claim that gives it, else from an e-mail address that is not doubted."""
    given = [*_texts(claims, settings.name_claim)]
    if claims.get("email_verified", True) is True:
        given += _texts(claims, "email")
    return next(filter(None, map(fit_name, given)), "")


def fit_name(text: str) -> str:
    """A text as a name that an account may have: letters lose their accents, whatever else is not allowed a dash."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._@-]+", "-", plain).lstrip("._@-")[:_NAME_LENGTH].rstrip("-")


def _texts(claims: Mapping[str, Any], path: str) -> Iterator[str]:
    """The texts that a claim holds, alone or in a list."""
    found = _at(claims, path)
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, str):
            yield each


def _at(claims: Any, path: str) -> Any:
    """What stands at a path. A claim's own name may have dots in it, as addresses do: it goes before a deeper one."""
    if not isinstance(claims, Mapping) or not path:
        return None
    if path in claims:
        return claims[path]
    for place in (match.start() for match in re.finditer(r"\.", path)):
        found = _at(claims.get(path[:place]), path[place + 1 :])
        if found is not None:
            return found
    return None
