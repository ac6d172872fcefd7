"""WebAuthn: what a browser's authenticator is asked, and the check of what it answers, by python-fido2.

Pure: nothing is read or stored here. An answer that does not hold is None, with the reason in the log; whoever asks
says it in a sentence and counts it.
"""

from __future__ import annotations

import json
import logging
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from console import wording
from console.passkeys.sites import Site

LOGGER = logging.getLogger(__name__)
LONGEST_ID = 1023
"""Bytes of a credential's id, as the standard has it."""
_UNSOUND = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, NotImplementedError, OverflowError,
    RecursionError, struct.error, UnsupportedAlgorithm,
)  # fmt: skip
"""What the library raises at bytes that are no answer, and at an answer that does not hold."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new credential: its id, the public key as the authenticator gave it, and its count of signatures."""

    credential_id: bytes
    credential: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Signed:
    """An answer before it is checked: which credential it says it is of, and of which account."""

    credential_id: bytes
    handle: bytes | None
    response: AuthenticationResponse


def to_make(site: Site, challenge: bytes, handle: bytes, name: str, known: Sequence[bytes]) -> dict[str, Any]:
    """What the browser is asked for a new credential: one that names its account by itself, for a verified owner.

    `known`: the ids of those that the account has, none of which is made anew.
    """
    options, _state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=name, display_name=name),
        _descriptors(known),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge,
    )
    return dict(options)


def made(site: Site, challenge: bytes, answer: str) -> Made | None:
    """The new credential of an answer."""
    try:
        response = RegistrationResponse.from_dict(json.loads(answer))
        _same_origin(response.response.client_data)
        data = _server(site).register_complete(_state(challenge, verified=True), response)
        attested = data.credential_data
        if attested is None or attested.credential_id != response.raw_id or len(attested.credential_id) > LONGEST_ID:
            raise ValueError("the answer is not of the credential that it names")
        if attested.public_key.ALGORITHM not in CoseKey.supported_algorithms():
            raise ValueError("the key is of a kind that was not asked for")
        # An ill-formed key is noticed now, not at the first sign-in.
        _tried(attested.public_key)
        return Made(attested.credential_id, bytes(attested), data.counter)
    except _UNSOUND as error:
        _note(error)
        return None


def to_sign(site: Site, challenge: bytes, known: Sequence[bytes] | None, *, verified: bool) -> dict[str, Any]:
    """What the browser is asked for a signature: by one of the credentials `known`, None for any that it has here."""
    options, _state = _server(site).authenticate_begin(
        None if known is None else _descriptors(known), _verification(verified), challenge
    )
    return dict(options)


def signed(answer: str) -> Signed | None:
    """An answer taken apart, of which nothing is known to be true yet."""
    try:
        response = AuthenticationResponse.from_dict(json.loads(answer))
        return Signed(response.raw_id, response.response.user_handle, response)
    except _UNSOUND as error:
        _note(error)
        return None


def counter_of(site: Site, challenge: bytes, answer: Signed, credential: bytes, *, verified: bool) -> int | None:
    """The count of signatures in an answer that the credential has signed for this site and this challenge.

    `verified`: whether the authenticator must have verified who uses it, by a PIN, a finger or a face.
    """
    try:
        _same_origin(answer.response.response.client_data)
        known = [AttestedCredentialData(credential)]
        _server(site).authenticate_complete(_state(challenge, verified=verified), known, answer.response)
        return answer.response.response.authenticator_data.counter
    except _UNSOUND as error:
        _note(error)
        return None


def _server(site: Site) -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=site.rp_id, name=wording.NAME)
    # The library would take any page below the name, at any port; here it is this very address.
    return Fido2Server(entity, AttestationConveyancePreference.NONE, verify_origin=lambda origin: origin == site.origin)


def _descriptors(known: Sequence[bytes]) -> list[AttestedCredentialData | PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=each) for each in known]


def _verification(verified: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.PREFERRED


def _state(challenge: bytes, *, verified: bool) -> dict[str, Any]:
    """What the library keeps between question and answer; here the challenge alone is kept, in the database."""
    return {"challenge": websafe_encode(challenge), "user_verification": _verification(verified)}


def _same_origin(client_data: CollectedClientData) -> None:
    """Refuse what was signed in a frame of another site, which the library leaves to its caller."""
    if client_data.cross_origin:
        raise ValueError("the page stood in a frame of another site")


def _tried(key: CoseKey) -> None:
    """Raise unless the key is one that a signature can be held against; no signature fits nothing."""
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return


def _note(error: Exception) -> None:
    LOGGER.info("The answer of an authenticator does not hold: %s", error)
