"""What single sign-on is told: the provider, who the console is there, and what its claims mean here."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from console import sentences
from console.database import reading
from console.users import Role
from etl_batch.errors import UsageError

SCOPES, NAME_CLAIM, ROLE_CLAIM, LABEL = "openid profile email", "preferred_username", "groups", "single sign-on"
"""What a fresh form holds. Where a person has no claim of that name, the e-mail address names them."""
MOST_CHARACTERS, MOST_ROLES, LABEL_LENGTH, SECRET_LENGTH = 500, 200, 40, 512


@dataclass(frozen=True, slots=True)
class SignOn:
    """The settings without the secret."""

    enabled: bool = False
    issuer: str = ""
    """As the provider spells it, a slash at its end included."""
    client_id: str = ""
    scopes: str = SCOPES
    name_claim: str = NAME_CLAIM
    role_claim: str = ROLE_CLAIM
    """A name, or names inside each other with dots between them."""
    roles: tuple[tuple[str, Role], ...] = ()
    """Values of that claim and what they are here; the highest of a person's counts."""
    default_role: Role | None = None
    """Of those whom no value gives a role; None: they are refused."""
    create: bool = True
    """Whether the first sign-in makes an account."""
    label: str = LABEL
    """What stands on the button after "Sign in with"."""
    local_sign_in: bool = True
    """Whether others than super_admins may use passwords; these always may, lest nobody get in."""
    acr: str = ""
    """Authentication contexts of which one is required, with blanks between them; empty for none."""
    address: str = ""
    """Where the provider sends browsers back to; empty: where each of them came from."""


def load(home: Path) -> SignOn:
    """The settings, or those of a console that nobody has told of a provider."""
    with reading(home) as connection:
        row = connection.execute("SELECT settings FROM single_sign_on").fetchone()
    return SignOn() if row is None else from_json(row["settings"])


def secret(home: Path) -> str | None:
    """The secret that the provider knows the console by; empty for none, None when it can no longer be opened."""
    with reading(home) as connection:
        row = connection.execute("SELECT unsealed(secret) AS secret FROM single_sign_on").fetchone()
    return "" if row is None else row["secret"]


def passwords_taken(home: Path) -> bool:
    """Whether others than super_admins may sign in with a password."""
    found = load(home)
    return found.local_sign_in or not found.enabled


def to_json(given: SignOn) -> str:
    """The settings as the database keeps them."""
    return json.dumps(asdict(given))


def from_json(kept: str) -> SignOn:
    """The settings that the database keeps."""
    values: dict[str, Any] = json.loads(kept)
    values["roles"] = tuple((value, Role(role)) for value, role in values["roles"])
    values["default_role"] = Role(values["default_role"]) if values["default_role"] else None
    return SignOn(**values)


def parse_roles(lines: Iterable[str]) -> tuple[tuple[str, Role], ...]:
    """The mapping as it is typed, `value = role` a line; values may hold signs of equality themselves."""
    found = []
    for line in filter(None, map(str.strip, lines)):
        value, sign, role = (part.strip() for part in line.rpartition("="))
        if not sign or not value or role not in set(Role):
            raise UsageError(sentences.NO_ROLE_LINE.format(line=line, roles=", ".join(Role)), field="roles")
        found.append((value, Role(role)))
    return tuple(found)


def checked(given: SignOn) -> SignOn:
    """The settings when they are whole and well formed; raises `UsageError` with the `field` that is wrong."""
    texts = {
        name: " ".join(getattr(given, name).split())
        for name in ("issuer", "client_id", "scopes", "name_claim", "role_claim", "label", "acr", "address")
    }
    for name, text in texts.items():
        if len(text) > (LABEL_LENGTH if name == "label" else MOST_CHARACTERS) or not text.isprintable():
            raise UsageError(sentences.SIGN_ON_TEXT_LONG, field=name)
    for name in ("issuer", "client_id") if given.enabled else ():
        if not texts[name]:
            raise UsageError(sentences.SIGN_ON_NEEDS, field=name)
    if texts["issuer"] and not _is_issuer(texts["issuer"]):
        raise UsageError(sentences.NO_ISSUER, field="issuer")
    if texts["address"] and not may_be_called(texts["address"]):
        raise UsageError(sentences.NO_RETURN_ADDRESS, field="address")
    if "openid" not in texts["scopes"].split():
        raise UsageError(sentences.NO_OPENID_SCOPE, field="scopes")
    if not given.roles and given.default_role is None and given.enabled:
        raise UsageError(sentences.NO_ROLES, field="roles")
    if len(given.roles) > MOST_ROLES or any(len(value) > MOST_CHARACTERS for value, _role in given.roles):
        raise UsageError(sentences.SIGN_ON_TEXT_LONG, field="roles")
    texts |= {"label": texts["label"] or LABEL, "name_claim": texts["name_claim"] or NAME_CLAIM}
    return replace(given, **(texts | {"address": texts["address"].rstrip("/")}))  # type: ignore[arg-type]  # all texts


def _is_issuer(text: str) -> bool:
    return may_be_called(text) and not urlsplit(text).query


def may_be_called(address: str) -> bool:
    """Whether an address is one of https, or of plain http on this machine, where nobody listens on the way."""
    try:
        parts = urlsplit(address)
        good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # brackets that do not close, a port that is none
        return False
    if not good or "@" in parts.netloc or parts.fragment or not address.isascii() or not address.isprintable():
        return False
    return " " not in address and (parts.scheme == "https" or (parts.scheme == "http" and is_here(address)))


def is_here(address: str) -> bool:
    """Whether an address is one of this machine's own."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
