"""Passkeys: what an account has, how many, whose, and what the first one brings and the last one takes away."""

from __future__ import annotations

import secrets

import pytest

from console import factors, sessions, settings, users
from console import people as service
from console.database import reading, transaction
from console.factors import Need
from console.passkeys import own as own_passkeys
from console.passkeys import store as passkeys
from console.passkeys.sites import Site
from console.passkeys.webauthn import Made
from console.users import Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog
from tests.factors import code_of, turned_on
from tests.passkeys import SITE, registered

NOW = 1_800_000_000.0
ELSEWHERE = Site("https://etl.example.org", "etl.example.org")


def kept(home, name: str = "viewer") -> list[str]:
    """What an account's passkeys are called."""
    return [each.label for each in passkeys.list_passkeys(home, name)]


def number(home, label: str, name: str = "viewer") -> str:
    """The number of the passkey that is called so."""
    return next(each.number for each in passkeys.list_passkeys(home, name) if each.label == label)


def test_the_first_one_is_a_second_factor(home, people):
    """It brings recovery codes and ends the sessions that began without it, not its own; the next one does neither."""
    here, there = (sessions.start(home, people[Role.VIEWER], address) for address in ("here", "there"))
    assert factors.need(home, "viewer") is Need.NOTHING
    made = Made(b"id", b"public key", 0)
    codes = passkeys.add(home, "viewer", "Laptop", SITE, made, sessions.number_of(here), NOW)
    assert len(codes) == factors.RECOVERY_CODES
    assert sessions.look_up(home, here)
    assert not sessions.look_up(home, there)
    assert factors.need(home, "viewer") is Need.CODE
    assert factors.find(home, "viewer") == factors.Factor(None, factors.RECOVERY_CODES, 1)
    other = sessions.start(home, people[Role.VIEWER], "there")
    assert passkeys.add(home, "viewer", "Key", SITE, Made(b"other", b"public key", 0), "", NOW + 1) == []
    assert sessions.look_up(home, other)
    assert kept(home) == ["Laptop", "Key"]
    record = AuditLog(home).search(action="account.passkey.add")[-1]
    assert record["detail"] == {"passkey": "Laptop", "host": "localhost", "sessions_ended": 1}
    assert service.accounts(home, people[Role.SUPER_ADMIN])[-1].factor


def test_beside_an_app_recovery_codes_stay(home, people):
    """Whichever comes second brings none and takes none; they go with the last of the two."""
    _secret, codes = turned_on(home, "viewer", NOW)
    registered(home, "viewer")
    assert factors.find(home, "viewer") == factors.Factor(NOW, len(codes), 1)
    factors.turn_off(home, "viewer")
    assert factors.find(home, "viewer") == factors.Factor(None, len(codes), 1)
    _secret, none = turned_on(home, "viewer", NOW)
    assert none == []
    passkeys.remove(home, "viewer", number(home, "Laptop"))
    assert factors.find(home, "viewer") == factors.Factor(NOW, len(codes), 0)
    factors.turn_off(home, "viewer")
    registered(home, "viewer")
    passkeys.remove(home, "viewer", number(home, "Laptop"))
    assert factors.find(home, "viewer") is None
    assert factors.spend(home, "viewer", codes[0]) is None


def test_a_recovery_code_serves_without_an_app(home, people):
    """It is spent, once."""
    codes = passkeys.add(home, "viewer", "Laptop", SITE, Made(b"id", b"key", 0), "")
    assert [factors.spend(home, "viewer", codes[0]) for _ in range(2)] == [factors.Spent.RECOVERY, None]
    assert factors.spend(home, "viewer", "123456") is None
    assert len(factors.renew_codes(home, "viewer")) == factors.RECOVERY_CODES


def test_the_only_one_is_refused_where_there_is_another(home, people):
    """Whichever of two that are set up at the same moment comes second changes nothing."""
    registered(home, "viewer")
    secret = factors.new_secret()
    for again in (
        lambda: factors.turn_on(home, "viewer", secret, code_of(secret, NOW), now=NOW, only=True),
        lambda: passkeys.add(home, "viewer", "Key", SITE, Made(b"id", b"key", 0), "", only=True),
    ):
        with pytest.raises(UsageError, match="has a second factor already"):
            again()
    assert factors.find(home, "viewer") == factors.Factor(None, factors.RECOVERY_CODES, 1)


@pytest.mark.parametrize("name", ["viewer", "operator"])
def test_a_credential_is_kept_once(home, people, name):
    """Not for two accounts and not twice for one; nothing is left of the attempt."""
    authenticator = registered(home, "viewer")
    made = Made(authenticator.credential_id, bytes(authenticator.credential), 0)
    with pytest.raises(UsageError, match="is registered already"):
        passkeys.add(home, name, "Copy", SITE, made, "")
    assert kept(home) == ["Laptop"]
    assert factors.need(home, "operator") is Need.NOTHING


@pytest.mark.parametrize("label", ["", "a" * 41, "tab\tor", "laptop", "LAPTOP"])
def test_what_a_passkey_may_be_called(home, people, label):
    """Something printable that no other one of the account is called."""
    registered(home, "viewer")
    for ask in (
        lambda: own_passkeys.begin(home, people[Role.VIEWER], label, SITE, "here"),
        lambda: passkeys.add(home, "viewer", label, SITE, Made(b"id", b"key", 0), ""),
    ):
        with pytest.raises(UsageError, match=r"choose another name|characters"):
            ask()


def test_an_account_has_twenty_at_most(home, people):
    """The next one is refused before an authenticator is asked for it, and when it comes all the same."""
    for count in range(passkeys.MOST):
        passkeys.add(home, "viewer", f"Key {count}", SITE, Made(secrets.token_bytes(8), b"key", 0), "")
    for ask in (
        lambda: own_passkeys.begin(home, people[Role.VIEWER], "More", SITE, "here"),
        lambda: passkeys.add(home, "viewer", "More", SITE, Made(b"id", b"key", 0), ""),
    ):
        with pytest.raises(UsageError, match="at most 20 passkeys"):
            ask()
    assert len(kept(home)) == passkeys.MOST


def test_one_of_another_host_name_is_not_offered(home, people):
    """Neither to sign with nor to be left out; it is found at its own name alone."""
    authenticator = registered(home, "viewer", site=ELSEWHERE)
    assert passkeys.ids(home, "viewer", SITE.rp_id) == []
    assert passkeys.ids(home, "viewer", ELSEWHERE.rp_id) == [authenticator.credential_id]
    assert passkeys.owned(home, authenticator.credential_id, SITE.rp_id) is None
    assert passkeys.owned(home, authenticator.credential_id, ELSEWHERE.rp_id).user == people[Role.VIEWER]


def test_the_handle_tells_no_name_and_stays(home, people):
    """Random, of its own for each account, and the same for its next passkey."""
    handles = {name: passkeys.handle(home, name) for name in ("viewer", "operator")}
    assert {len(handle) for handle in handles.values()} == {32}
    assert len(set(handles.values())) == 2
    registered(home, "viewer")
    factors.reset(home, "viewer", "test")
    assert passkeys.handle(home, "VIEWER") == handles["viewer"]


def test_removing(home, people):
    """By its owner alone, with a record; one that is gone is said so."""
    registered(home, "viewer")
    which = number(home, "Laptop")
    with pytest.raises(UsageError, match="removed already"):
        own_passkeys.remove(home, people[Role.OPERATOR], which)
    assert own_passkeys.remove(home, people[Role.VIEWER], which) == "Laptop"
    assert AuditLog(home).tail(1)[0]["detail"] == {"passkey": "Laptop"}
    with pytest.raises(UsageError, match="removed already"):
        own_passkeys.remove(home, people[Role.VIEWER], which)


def test_where_a_second_factor_is_required_the_last_one_stays(home, people):
    """A passkey meets the requirement, so it is not removed; with an app beside it, it may be."""
    settings.put(home, factors.REQUIRED, True)
    assert factors.need(home, "super_admin") is Need.SETUP
    registered(home, "super_admin")
    assert factors.need(home, "super_admin") is Need.CODE
    assert sessions.look_up(home, sessions.start(home, people[Role.SUPER_ADMIN], "here"))
    which = number(home, "Laptop", "super_admin")
    with pytest.raises(UsageError, match="settings require"):
        passkeys.remove(home, "super_admin", which)
    assert kept(home, "super_admin") == ["Laptop"]
    assert factors.find(home, "super_admin").recovery_codes == factors.RECOVERY_CODES
    turned_on(home, "super_admin", NOW)
    passkeys.remove(home, "super_admin", which)


def test_resetting_takes_passkeys_away_as_well(home, people):
    """Sessions end and nothing of them is left, with and without an app."""
    for with_app in (False, True):
        registered(home, "viewer")
        if with_app:
            turned_on(home, "viewer", NOW)
        token = sessions.start(home, people[Role.VIEWER], "here")
        service.reset_factor(home, "viewer", people[Role.SUPER_ADMIN])
        assert sessions.look_up(home, token) is None
        with reading(home) as connection:
            for table in ("second_factors", "passkeys", "recovery_codes"):
                assert not connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert factors.need(home, "viewer") is Need.NOTHING


@pytest.mark.parametrize(
    ("stored", "given", "good"),
    [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)],
)
def test_counts_of_signatures_go_on(home, people, stored, given, good):
    """One that stands still or goes back is that of a copy; who does not count says 0 each time."""
    passkeys.add(home, "viewer", "Laptop", SITE, Made(b"id", b"key", stored), "")
    assert passkeys.use(home, b"id", given, NOW) is good
    (found,) = passkeys.list_passkeys(home, "viewer")
    assert found.used_at == (NOW if good else None)
    assert passkeys.use(home, b"id", stored + 1 if good else given, NOW) is (good and stored + 1 > given)


def test_an_account_that_is_removed_takes_its_passkeys_along(home, people):
    """The database holds no passkey of nobody."""
    registered(home, "viewer")
    with transaction(home) as connection:
        connection.execute("DELETE FROM users WHERE name = 'viewer'")
        assert not connection.execute("SELECT count(*) FROM passkeys").fetchone()[0]
    assert users.find(home, "viewer") is None
