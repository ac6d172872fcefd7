"""Signing in with passkeys: alone, after the password and as a proof; what is refused, counted and written down."""

from __future__ import annotations

import time

import pytest

from console import account, factors, guesses, pending, proof, sessions, users
from console.database import transaction
from console.devices import Device
from console.login import SignInRefused
from console.passkeys import challenges
from console.passkeys import entry as passkey_entry
from console.passkeys import own as own_passkeys
from console.passkeys import store as passkeys
from console.passkeys.entry import Answer
from console.passkeys.sites import Site
from console.proof import ProofNeeded
from console.single import accounts, saving
from console.single.configuration import SignOn
from console.users import Role
from etl_batch.errors import Busy, UsageError
from etl_batch.security.audit import AuditLog
from tests.factors import code_of, turned_on
from tests.passkeys import SITE, registered

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
ADDRESS = "192.0.2.1"
DEVICE = Device(ADDRESS, "a browser")
REFUSED = "not accepted here"
FOREIGN = Site("https://etl.example.org", "etl.example.org")


@pytest.fixture
def authenticator(home, people):
    """The viewer's."""
    return registered(home, "viewer")


def alone(home, authenticator, site=SITE, device=DEVICE, **more):
    """Sign in with a passkey and nothing else."""
    token, asked = passkey_entry.begin_alone(home, site, device.address)
    return passkey_entry.alone(home, Answer(token, authenticator.sign(asked, **more), site, device))


def second(home, waiting, authenticator, device=DEVICE, **more):
    """Answer with a passkey after the password."""
    token, asked = passkey_entry.begin_second(home, waiting, SITE, device.address)
    return passkey_entry.second(home, waiting, Answer(token, authenticator.sign(asked, **more), SITE, device))


def prove(home, user, number, authenticator, **more):
    """Prove with a passkey who it is."""
    token, asked = own_passkeys.begin_proof(home, user, SITE, ADDRESS)
    own_passkeys.prove(home, user, Answer(token, authenticator.sign(asked, **more), SITE, DEVICE), number)


def last(home) -> tuple:
    """What stands on the audit log last."""
    record = AuditLog(home).tail(1)[0]
    return record["user"], record["action"], record["outcome"], record["detail"]


# Alone ---------------------------------------------------------------------------------------------------------------


def test_a_passkey_alone_signs_in(home, people, authenticator):
    """No name is asked for; the log has how; the challenge is worth nothing any more."""
    token, asked = passkey_entry.begin_alone(home, SITE, ADDRESS)
    assert not asked["publicKey"].get("allowCredentials")
    given = Answer(token, authenticator.sign(asked), SITE, DEVICE)
    assert passkey_entry.alone(home, given) == people[Role.VIEWER]
    detail = {"address": ADDRESS, "factor": "passkey", "alone": True, "browser": "new"}
    assert last(home) == ("viewer", "login", "ok", detail)
    assert passkeys.list_passkeys(home, "viewer")[0].used_at
    with pytest.raises(UsageError, match="too long ago"):
        passkey_entry.alone(home, given)


def test_whom_the_provider_lets_in_does_not_come_in_beside_it(home, people, authenticator):
    """An account of single sign-on has its passkey as a second factor only."""
    accounts.link(home, "viewer", "https://login.example.org", "v-1", "test")
    with pytest.raises(SignInRefused, match=REFUSED):
        alone(home, authenticator)
    assert last(home)[3]["reason"] == "provider"
    assert second(home, pending.begin(home, "viewer"), authenticator).name == "viewer"


def test_where_passwords_are_off_a_passkey_is_no_way_round(home, people, authenticator):
    """It is held to what holds for the password."""
    saved = SignOn(
        enabled=True, issuer="https://login.example.org", client_id="etl", default_role=Role.VIEWER, local_sign_in=False
    )
    saving.save(home, people[Role.SUPER_ADMIN], saved)
    with pytest.raises(SignInRefused, match=REFUSED):
        alone(home, authenticator)
    assert last(home)[3]["reason"] == "provider"


def test_an_answer_that_was_overheard_fits_no_other_challenge(home, people, authenticator):
    """Replayed with a challenge of its own it is refused."""
    _token, asked = passkey_entry.begin_alone(home, SITE, ADDRESS)
    text = authenticator.sign(asked)
    token, _asked = passkey_entry.begin_alone(home, SITE, ADDRESS)
    with pytest.raises(SignInRefused, match=REFUSED):
        passkey_entry.alone(home, Answer(token, text, SITE, DEVICE))
    assert last(home)[3]["reason"] == "signature"


def test_a_challenge_belongs_to_a_browser(home, authenticator):
    """Another one has another token, or none."""
    token, asked = passkey_entry.begin_alone(home, SITE, ADDRESS)
    text = authenticator.sign(asked)
    other, _asked = passkey_entry.begin_alone(home, SITE, ADDRESS)
    for given, error in ((other, SignInRefused), ("", UsageError)):
        with pytest.raises(error):
            passkey_entry.alone(home, Answer(given, text, SITE, DEVICE))
    assert passkey_entry.alone(home, Answer(token, text, SITE, DEVICE)).name == "viewer"


def test_a_challenge_is_good_for_five_minutes(home, authenticator):
    """Then the button is pressed again."""
    token, asked = passkey_entry.begin_alone(home, SITE, ADDRESS)
    with transaction(home) as connection:
        connection.execute("UPDATE passkey_challenges SET steady = steady - ?", (challenges.VALID_SECONDS,))
    with pytest.raises(UsageError, match="too long ago"):
        passkey_entry.alone(home, Answer(token, authenticator.sign(asked), SITE, DEVICE))


def other_site(home, authenticator):
    """At another address with another name, where the authenticator has been made to sign all the same."""
    alone(home, authenticator, FOREIGN, origin=FOREIGN.origin)


def other_origin(home, authenticator):
    """For a page of another address."""
    alone(home, authenticator, origin="https://evil.example.org")


def other_host_name(home, authenticator):
    """Signed for another RP ID."""
    authenticator.site = Site(SITE.origin, FOREIGN.rp_id)
    alone(home, authenticator)


def not_verified(home, authenticator):
    """By a touch of whomever."""
    authenticator.verifies = False
    alone(home, authenticator)


def disabled(home, authenticator):
    """Of an account that is locked."""
    users.disable(home, "viewer", "test")
    alone(home, authenticator)


def other_account(home, authenticator):
    """That says it is another account's."""
    authenticator.handle = passkeys.handle(home, "operator")
    alone(home, authenticator)


def no_account(home, authenticator):
    """That does not say whose it is."""
    authenticator.handle = b""
    alone(home, authenticator)


def other_key(home, authenticator):
    """Of another key under the same id."""
    authenticator.key = registered(home, "operator").key
    alone(home, authenticator)


def removed(home, authenticator):
    """That was removed."""
    passkeys.remove(home, "viewer", passkeys.list_passkeys(home, "viewer")[0].number)
    alone(home, authenticator)


def gone_back(home, authenticator):
    """Whose count of signatures has gone back: a copy."""
    authenticator.counter = 7
    alone(home, authenticator)
    authenticator.counter = 6
    alone(home, authenticator)


@pytest.mark.parametrize(
    ("attempt", "name", "reason"),
    [
        (other_site, "(unknown)", "unknown"),
        (other_origin, "viewer", "signature"),
        (other_host_name, "viewer", "signature"),
        (not_verified, "viewer", "signature"),
        (disabled, "viewer", "disabled"),
        (other_account, "viewer", "account"),
        (no_account, "viewer", "account"),
        (other_key, "viewer", "signature"),
        (removed, "(unknown)", "unknown"),
        (gone_back, "viewer", "counter"),
    ],
)
def test_what_is_refused(home, people, authenticator, attempt, name, reason):
    """One sentence for all of them, and the reason on the log."""
    with pytest.raises(SignInRefused, match=REFUSED):
        attempt(home, authenticator)
    detail = {"address": ADDRESS, "factor": "passkey", "alone": True, "reason": reason}
    assert last(home) == (name, "login", "refused", detail)


@pytest.mark.parametrize("known", [True, False])
def test_refusals_count_as_guesses(home, people, authenticator, known):
    """Five, then a wait, also for the right one; of a credential that is not there they count for the address."""
    strange = registered(home, "operator", site=FOREIGN)
    for _ in range(guesses.ALLOWED_OWN):
        with pytest.raises(SignInRefused):
            alone(home, authenticator if known else strange, challenge=b"x" * 32)
    with pytest.raises(Busy, match="wait 2 seconds"):
        alone(home, authenticator if known else strange)
    elsewhere = Device("198.51.100.7")
    assert alone(home, authenticator, device=elsewhere).name == "viewer"


def test_a_sign_in_takes_failures_back(home, authenticator):
    """As the right password does."""
    for _ in range(3):
        with pytest.raises(SignInRefused):
            alone(home, authenticator, challenge=b"x" * 32)
        alone(home, authenticator)


def test_a_signature_for_one_thing_is_worth_nothing_in_another(home, people, authenticator):
    """What was asked for after the password does not sign in alone, nor prove anything."""
    waiting = pending.begin(home, "viewer")
    token, asked = passkey_entry.begin_second(home, waiting, SITE, ADDRESS)
    with pytest.raises(UsageError, match="too long ago"):
        passkey_entry.alone(home, Answer(token, authenticator.sign(asked), SITE, DEVICE))


# After the password --------------------------------------------------------------------------------------------------


def test_a_passkey_is_the_second_factor(home, people, authenticator):
    """A touch is enough; the sign-in waits no more; the log has it once."""
    authenticator.verifies = False
    waiting = pending.begin(home, "viewer")
    assert second(home, waiting, authenticator) == people[Role.VIEWER]
    assert last(home) == ("viewer", "login", "ok", {"address": ADDRESS, "factor": "passkey", "browser": "new"})
    assert pending.find(home, waiting) is None


def test_the_passkey_of_somebody_else_is_no_second_factor(home, people, authenticator):
    """Whoever knows a password and has a passkey of their own stays outside."""
    registered(home, "operator")
    waiting = pending.begin(home, "operator")
    for handle in (authenticator.handle, passkeys.handle(home, "operator"), b""):
        authenticator.handle = handle
        with pytest.raises(SignInRefused, match=REFUSED):
            second(home, waiting, authenticator)
        assert last(home) == (
            "operator", "login", "refused", {"address": ADDRESS, "factor": "passkey", "reason": "account"}
        )  # fmt: skip
    assert pending.find(home, waiting)


def test_codes_and_passkeys_share_one_count(home, people, authenticator):
    """Whoever knows the password has five guesses, at whichever of the two."""
    secret, _codes = turned_on(home, "viewer", time.time() - 3600)
    waiting = pending.begin(home, "viewer")
    for _ in range(guesses.ALLOWED_OWN - 1):
        with pytest.raises(SignInRefused):
            second(home, waiting, authenticator, challenge=b"x" * 32)
    with pytest.raises(SignInRefused):
        pending.answer(home, waiting, "wrong", ADDRESS)
    for right in (
        lambda: second(home, waiting, authenticator),
        lambda: pending.answer(home, waiting, code_of(secret, time.time()), ADDRESS),
    ):
        with pytest.raises(Busy):
            right()


def test_without_a_passkey_for_this_address_none_is_asked_for(home, people):
    """That is said, with what else there is."""
    registered(home, "viewer", site=FOREIGN)
    waiting = pending.begin(home, "viewer")
    with pytest.raises(UsageError, match="no passkey for localhost"):
        passkey_entry.begin_second(home, waiting, SITE, ADDRESS)


# As a proof ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def session(home, people):
    """The number of the viewer's session, whose last proof is too long ago, and whose browser asks."""
    number = sessions.number_of(sessions.start(home, people[Role.VIEWER], ADDRESS))
    with transaction(home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - ?", (proof.PROVED_SECONDS,))
    before = proof.SESSION.set(number)
    yield number
    proof.SESSION.reset(before)


def test_a_passkey_proves_who_it_is(home, people, authenticator, session):
    """In that session; the owner must have been verified, because the password is not typed."""
    viewer = people[Role.VIEWER]
    authenticator.verifies = False
    with pytest.raises(SignInRefused, match=REFUSED):
        prove(home, viewer, session, authenticator)
    assert last(home)[1:3] == ("session.prove", "refused")
    assert not proof.is_fresh(home, session)
    authenticator.verifies = True
    prove(home, viewer, session, authenticator)
    assert proof.is_fresh(home, session)
    assert last(home) == ("viewer", "session.prove", "ok", {"address": ADDRESS, "factor": "passkey"})


def test_the_passkey_of_somebody_else_proves_nothing(home, people, authenticator, session):
    """Five tries, then a wait for this session."""
    stranger = registered(home, "operator")
    for _ in range(guesses.ALLOWED_OWN):
        with pytest.raises(SignInRefused):
            prove(home, people[Role.VIEWER], session, stranger)
    with pytest.raises(Busy):
        prove(home, people[Role.VIEWER], session, authenticator)
    assert not proof.is_fresh(home, session)


def test_whoever_has_no_app_shows_the_passkey_to_change_the_password(home, people, authenticator, session):
    """No code is asked for that nobody shows; the passkey must have been shown a short time ago."""
    viewer = people[Role.VIEWER]
    with pytest.raises(ProofNeeded, match="change your password"):
        account.change_password(home, viewer, PASSWORD, OTHER, session)
    prove(home, viewer, session, authenticator)
    account.change_password(home, viewer, PASSWORD, OTHER, session)
    turned_on(home, "viewer", time.time())
    with pytest.raises(SignInRefused, match="password or the code"):
        account.change_password(home, viewer, OTHER, PASSWORD, session)


def test_an_app_can_be_set_up_beside_a_passkey(home, people, authenticator):
    """Not a second one."""
    assert account.begin_factor(home, people[Role.VIEWER])
    turned_on(home, "viewer", time.time())
    with pytest.raises(UsageError, match="has a second factor already"):
        account.begin_factor(home, people[Role.VIEWER])
    assert factors.find(home, "viewer").passkeys == 1
