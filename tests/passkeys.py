"""Passkeys in tests: an authenticator in software, which does as it is told, also what an honest one would not."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from console.passkeys import store as passkeys
from console.passkeys import webauthn
from console.passkeys.sites import Site

FLAG = AuthenticatorData.FLAG
NO_FLAG = FLAG(0)
SITE = Site("http://localhost:8501", "localhost")


@dataclass
class Authenticator:
    """One credential with its key; what it signs for may be another site, account or challenge than it was asked."""

    site: Site = SITE
    counter: int = 0
    verifies: bool = True
    counts: bool = False
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""

    @property
    def credential(self) -> AttestedCredentialData:
        """The id and the public key."""
        return AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )

    def make(self, asked: dict, **more: object) -> str:
        """The answer to `navigator.credentials.create`; an authenticator refuses to be registered twice."""
        options = asked["publicKey"]
        excluded = [websafe_decode(each["id"]) for each in options.get("excludeCredentials") or ()]
        assert self.credential_id not in excluded
        self.handle = websafe_decode(options["user"]["id"])
        data = self._data(FLAG.AT, bytes(self.credential))
        attestation = AttestationObject.create("none", data, {})
        client_data = self._client_data("webauthn.create", options["challenge"], **more)
        return self._written({"clientDataJSON": client_data, "attestationObject": attestation})

    def sign(self, asked: dict, **more: object) -> str:
        """The answer to `navigator.credentials.get`."""
        if self.counts:
            self.counter += 1
        data = self._data()
        client_data = self._client_data("webauthn.get", asked["publicKey"]["challenge"], **more)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": client_data, "authenticatorData": data, "signature": signature}
        return self._written(response | ({"userHandle": self.handle} if self.handle else {}))

    def _data(self, flags: AuthenticatorData.FLAG = NO_FLAG, credential: bytes = b"") -> AuthenticatorData:
        flags |= FLAG.UP | (FLAG.UV if self.verifies else NO_FLAG)
        rp_id_hash = hashlib.sha256(self.site.rp_id.encode()).digest()
        return AuthenticatorData.create(rp_id_hash, flags, self.counter, credential)

    def _client_data(self, kind: str, challenge: str, /, **more: object) -> CollectedClientData:
        facts = {"type": kind, "challenge": challenge, "origin": self.site.origin, "cross_origin": False} | more
        return CollectedClientData.create(**facts)

    def _written(self, response: dict[str, bytes]) -> str:
        name = websafe_encode(self.credential_id)
        texts = {part: websafe_encode(value) for part, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": texts})


def registered(home: Path, name: str, label: str = "Laptop", keep: str = "", **traits: object) -> Authenticator:
    """A new passkey of an account, and its authenticator."""
    authenticator = Authenticator(**traits)
    site, challenge = authenticator.site, secrets.token_bytes(32)
    asked = webauthn.to_make(site, challenge, passkeys.handle(home, name), name, passkeys.ids(home, name, site.rp_id))
    made = webauthn.made(site, challenge, authenticator.make(asked))
    assert made is not None
    passkeys.add(home, name, label, site, made, keep)
    return authenticator
