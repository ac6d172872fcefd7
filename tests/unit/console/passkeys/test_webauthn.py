"""WebAuthn: what authenticators are asked, and which of their answers hold, against one in software."""

from __future__ import annotations

import json
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fido2.cose import CoseKey
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import given
from hypothesis import strategies as st

from console.passkeys import webauthn
from console.passkeys.sites import Site
from tests.passkeys import SITE, Authenticator

HANDLE = b"h" * 32
CHALLENGE = b"c" * 32
OTHER = Site("https://etl.example.org", "etl.example.org")


def made(authenticator: Authenticator, site: Site = SITE, challenge: bytes = CHALLENGE, **more):
    """What comes of a registration that was asked for at `SITE`."""
    asked = webauthn.to_make(SITE, CHALLENGE, HANDLE, "ada", [])
    return webauthn.made(site, challenge, authenticator.make(asked, **more))


def counter_of(authenticator: Authenticator, site: Site = SITE, challenge: bytes = CHALLENGE, verified=True, **more):
    """What comes of a signature that was asked for at `SITE`."""
    asked = webauthn.to_sign(SITE, CHALLENGE, None, verified=verified)
    answer = webauthn.signed(authenticator.sign(asked, **more))
    assert answer is not None
    return webauthn.counter_of(site, challenge, answer, bytes(authenticator.credential), verified=verified)


def test_what_is_asked_for_a_new_one():
    """No attestation, a credential that is found without a name, a verified owner, none that is there already."""
    asked = webauthn.to_make(SITE, CHALLENGE, HANDLE, "ada", [b"known"])["publicKey"]
    asked = json.loads(json.dumps(asked))
    assert (asked["rp"]["id"], asked["attestation"]) == ("localhost", "none")
    assert websafe_decode(asked["challenge"]) == CHALLENGE
    assert asked["user"] == {"name": "ada", "displayName": "ada", "id": websafe_encode(HANDLE)}
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert [websafe_decode(each["id"]) for each in asked["excludeCredentials"]] == [b"known"]


@pytest.mark.parametrize(("known", "verified", "word"), [(None, True, "required"), ([b"one"], False, "preferred")])
def test_what_is_asked_for_a_signature(known, verified, word):
    """Alone any credential and a verified owner; after the password those of the account."""
    asked = json.loads(json.dumps(webauthn.to_sign(SITE, CHALLENGE, known, verified=verified)["publicKey"]))
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", word)
    assert [websafe_decode(each["id"]) for each in asked.get("allowCredentials", [])] == (known or [])


def test_an_honest_authenticator_is_believed():
    """The new credential, and the count of its signatures."""
    authenticator = Authenticator(counts=True)
    found = made(authenticator)
    assert found == webauthn.Made(authenticator.credential_id, bytes(authenticator.credential), 0)
    assert [counter_of(authenticator) for _ in range(2)] == [1, 2]
    assert webauthn.signed(authenticator.sign(webauthn.to_sign(SITE, CHALLENGE, None, verified=True))).handle == HANDLE


WRONG = {
    "another challenge": {"challenge": b"d" * 32},
    "another origin": {"origin": "http://localhost:9999"},
    "another scheme": {"origin": "https://localhost:8501"},
    "below the name": {"origin": "http://sub.localhost:8501"},
    "in a frame": {"cross_origin": True},
    "another ceremony": {"type": "webauthn.other"},
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("check", [made, counter_of])
def test_an_answer_to_another_question_is_none(check, what):
    """Another challenge, another page, a frame of another site: refused for a new one and for a signature."""
    assert check(Authenticator(), **WRONG[what]) is None


@pytest.mark.parametrize("check", [made, counter_of])
def test_what_was_signed_for_another_host_name_is_none(check):
    """Also where the page says that it is the right one."""
    foreign = Authenticator(site=Site(SITE.origin, OTHER.rp_id))
    assert check(foreign) is None
    assert check(Authenticator(site=OTHER)) is None


def test_who_uses_it_must_be_verified_where_that_is_asked_for():
    """A touch alone is enough for a second factor, and for nothing else."""
    touched = Authenticator(verifies=False)
    assert made(touched) is None
    assert counter_of(touched, verified=True) is None
    assert counter_of(touched, verified=False) == 0


def test_the_signature_of_another_key_is_none():
    """The id of a credential is no secret; its key is."""
    owner = Authenticator()
    forger = Authenticator(credential_id=owner.credential_id)
    answer = webauthn.signed(forger.sign(webauthn.to_sign(SITE, CHALLENGE, None, verified=True)))
    assert webauthn.counter_of(SITE, CHALLENGE, answer, bytes(owner.credential), verified=True) is None


def test_a_credential_is_the_one_that_the_answer_names():
    """One under another name, one with too long a name, and keys of a kind that was not asked for are none."""
    answer = json.loads(Authenticator().make(webauthn.to_make(SITE, CHALLENGE, HANDLE, "ada", [])))
    answer["id"] = answer["rawId"] = websafe_encode(b"another")
    assert webauthn.made(SITE, CHALLENGE, json.dumps(answer)) is None
    assert made(Authenticator(credential_id=secrets.token_bytes(webauthn.LONGEST_ID + 1))) is None


class WithOldKey(Authenticator):
    """An authenticator whose key is for signatures with SHA-1."""

    @property
    def credential(self):
        """The id and a key of the former kind."""
        from fido2.webauthn import Aaguid, AttestedCredentialData

        public = rsa.generate_private_key(65537, 2048).public_key()
        key = CoseKey.for_name("RS1").from_cryptography_key(public)
        return AttestedCredentialData.create(Aaguid.NONE, self.credential_id, key)


def test_a_key_of_a_kind_that_was_not_asked_for_is_none():
    """Else whoever registers could choose what is no longer safe."""
    assert made(WithOldKey()) is None


@given(
    st.binary(max_size=300), st.sampled_from(["clientDataJSON", "attestationObject", "authenticatorData", "signature"])
)
def test_bytes_that_are_no_answer_are_none(noise, part):
    """Whatever is sent: nothing but None, and no exception, comes of it."""
    authenticator = Authenticator()
    new = json.loads(authenticator.make(webauthn.to_make(SITE, CHALLENGE, HANDLE, "ada", [])))
    old = json.loads(authenticator.sign(webauthn.to_sign(SITE, CHALLENGE, None, verified=True)))
    for answer in (new, old):
        answer["response"][part] = websafe_encode(noise)
    if part in ("clientDataJSON", "attestationObject"):
        assert webauthn.made(SITE, CHALLENGE, json.dumps(new)) is None
    answer = webauthn.signed(json.dumps(old))
    if answer is not None and part != "attestationObject":
        credential = bytes(authenticator.credential)
        assert webauthn.counter_of(SITE, CHALLENGE, answer, credential, verified=True) is None


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '"x"', "{", '{"id": 1}', '{"id": "AA", "rawId": "AA", "response": 7}', "[" * 3000,
     '{"id": "é", "rawId": "é", "response": {}}', '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": null}}'],
)  # fmt: skip
def test_text_that_is_no_answer_is_none(text):
    """As anybody may send it."""
    assert webauthn.made(SITE, CHALLENGE, text) is None
    assert webauthn.signed(text) is None
