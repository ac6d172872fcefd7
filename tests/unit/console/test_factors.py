"""Second factors: which codes are taken, that each is taken once, and what the database and the audit log have."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from console import factors, sealing, sessions, settings, users
from console.database import database_path, reading
from console.factors import Need, Spent
from console.users import Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog
from tests.factors import code_of, turned_on

NOW = 1_800_000_000.0
LATER = NOW + 3600.0


def test_codes_are_those_of_the_standard():
    """The test vectors of RFC 6238, appendix B, cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the ASCII text 12345678901234567890
    vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"}
    assert {at: code_of(secret, at) for at in vectors} == vectors


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clocks_may_be_one_span_apart(home, people, steps, taken):
    """A code of the span before or after is taken, those further away are not."""
    secret, _codes = turned_on(home, "viewer", NOW)
    spent = factors.spend(home, "viewer", code_of(secret, LATER, steps), LATER)
    assert spent == (Spent.CODE if taken else None)


def test_no_code_is_taken_twice_nor_an_earlier_one(home, people):
    """Also not the one that turned it on, nor one of a span before, which somebody has looked at."""
    secret, _codes = turned_on(home, "viewer", NOW)
    assert factors.spend(home, "viewer", code_of(secret, NOW), NOW) is None
    assert factors.spend(home, "viewer", code_of(secret, LATER), LATER)
    assert factors.spend(home, "viewer", code_of(secret, LATER), LATER) is None
    assert factors.spend(home, "viewer", code_of(secret, LATER, -1), LATER) is None
    assert factors.spend(home, "viewer", code_of(secret, LATER, 1), LATER)
    assert factors.spend(home, "viewer", code_of(secret, LATER), LATER + 30) is None


def test_a_clock_that_is_set_back_locks_nobody_out_and_repeats_nothing(home, people):
    """What was taken in the future holds up no code of the present; what was taken before stays spent."""
    secret, _codes = turned_on(home, "viewer", NOW)
    assert factors.spend(home, "viewer", code_of(secret, LATER), LATER)
    assert factors.spend(home, "viewer", code_of(secret, LATER + 30 * 86400), LATER + 30 * 86400)
    back = LATER + 600.0
    assert factors.spend(home, "viewer", code_of(secret, back), back)
    # A step of some minutes: the code of that time is known to whoever looked over a shoulder.
    assert factors.spend(home, "viewer", code_of(secret, back), back - 600.0) is None
    assert factors.spend(home, "viewer", code_of(secret, back), back) is None


def test_of_parallel_tries_with_one_code_one_gets_in(home, people):
    """Eight at once, with a code and with a recovery code."""
    secret, codes = turned_on(home, "viewer", NOW)
    for given in (code_of(secret, LATER), codes[0]):
        with ThreadPoolExecutor(8) as pool:
            tries = [pool.submit(factors.spend, home, "viewer", given, LATER) for _ in range(8)]
            spent = [each.result() for each in tries]
        assert sum(each is not None for each in spent) == 1


def test_each_recovery_code_works_once(home, people):
    """However it is typed; it is on the log how many are left, and other codes make the former ones worthless."""
    _secret, codes = turned_on(home, "viewer", NOW)
    assert len(set(codes)) == factors.RECOVERY_CODES
    assert factors.spend(home, "viewer", f" {codes[0].upper()} ", LATER) is Spent.RECOVERY
    assert factors.spend(home, "viewer", codes[0], LATER) is None
    assert factors.spend(home, "viewer", codes[1].replace("-", ""), LATER) is Spent.RECOVERY
    records = AuditLog(home).search(action="account.factor.recovery")
    assert [each["detail"]["left"] for each in records] == [8, 9]
    renewed = factors.renew_codes(home, "viewer")
    assert factors.spend(home, "viewer", codes[2], LATER) is None
    assert factors.spend(home, "viewer", renewed[0], LATER) is Spent.RECOVERY
    assert factors.find(home, "viewer") == factors.Factor(NOW, 9)


@pytest.mark.parametrize(
    "given", ["", " ", "12345", "1234567", "абвгде", "١٢٣٤٥٦", "\x00" * 6, "-" * 30, "a" * 5000, "\ud800"]
)
def test_what_is_no_code_is_not_taken(home, people, given):
    """Whatever is typed is refused, and nothing breaks."""
    turned_on(home, "viewer", NOW)
    assert factors.spend(home, "viewer", given, LATER) is None


def test_another_account_has_other_codes(home, people):
    """Neither code nor recovery code of one account is good for another, or for one without a second factor."""
    secret, codes = turned_on(home, "viewer", NOW)
    turned_on(home, "operator", NOW)
    for name in ("operator", "super_admin"):
        assert factors.spend(home, name, code_of(secret, LATER), LATER) is None
        assert factors.spend(home, name, codes[0], LATER) is None


def test_neither_database_nor_log_holds_secret_or_codes(home, people):
    """The secret is sealed, recovery codes are hashed, and the audit log names neither them nor a code."""
    secret, codes = turned_on(home, "viewer", NOW)
    code = code_of(secret, LATER)
    assert factors.spend(home, "viewer", code, LATER)
    assert factors.spend(home, "viewer", codes[0], LATER)
    with reading(home) as connection:
        assert connection.execute("SELECT secret FROM second_factors").fetchone()[0].startswith(sealing.MARK)
        dump = "\n".join(connection.iterdump()).lower()
    files = [path.read_bytes().lower() for path in database_path(home).parent.iterdir() if path.is_file()]
    for hidden in (secret, *codes, *(each.replace("-", "") for each in codes)):
        assert hidden.lower() not in dump
        assert not any(hidden.lower().encode() in content for content in files)
    assert not any(code in str(each["detail"]) for each in AuditLog(home).search())


def test_without_the_key_the_recovery_codes_are_left(home, people):
    """Where the secret cannot be opened no code is right; a recovery code is."""
    secret, codes = turned_on(home, "viewer", NOW)
    sealing.key_path(home).unlink()
    assert factors.spend(home, "viewer", code_of(secret, LATER), LATER) is None
    assert factors.spend(home, "viewer", codes[0], LATER) is Spent.RECOVERY


def test_turning_on_takes_the_right_code_once_and_ends_other_sessions(home, people):
    """A wrong code changes nothing; sessions that began without it end, but the one that turns it on."""
    here, there = (sessions.start(home, people[Role.VIEWER], address) for address in ("here", "there"))
    secret = factors.new_secret()
    with pytest.raises(UsageError, match="does not belong to the secret"):
        factors.turn_on(home, "viewer", secret, "000000" if code_of(secret, NOW) != "000000" else "000001", now=NOW)
    assert factors.need(home, "viewer") is Need.NOTHING
    factors.turn_on(home, "viewer", secret, code_of(secret, NOW), sessions.number_of(here), NOW)
    assert sessions.look_up(home, here)
    assert not sessions.look_up(home, there)
    assert factors.need(home, "VIEWER") is Need.CODE
    with pytest.raises(UsageError, match="has a second factor already"):
        factors.turn_on(home, "viewer", secret, code_of(secret, LATER), now=LATER)
    record = AuditLog(home).search(action="account.factor.on")[0]
    assert (record["user"], record["target"], record["detail"]) == ("viewer", "viewer", {"sessions_ended": 1})


def test_off_and_reset_leave_nothing_behind(home, people):
    """Secret, recovery codes and spent codes go; each is on the log, and one that is not there is said so."""
    _secret, codes = turned_on(home, "viewer", NOW)
    factors.turn_off(home, "viewer")
    assert factors.spend(home, "viewer", codes[0], LATER) is None
    turned_on(home, "viewer", NOW)
    token = sessions.start(home, people[Role.VIEWER], "here")
    factors.reset(home, "viewer", "ada")
    assert sessions.look_up(home, token) is None
    with reading(home) as connection:
        for table in ("second_factors", "recovery_codes", "spent_steps"):
            assert not connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    for gone in (lambda: factors.reset(home, "viewer", "ada"), lambda: factors.turn_off(home, "viewer")):
        with pytest.raises(UsageError, match="'viewer' has no second factor"):
            gone()
    assert [each["user"] for each in AuditLog(home).search(action="user.factor")] == ["ada"]
    assert [each["user"] for each in AuditLog(home).search(action="account.factor.off")] == ["viewer"]


def test_where_it_is_required_no_super_admin_goes_without(home, people):
    """Sessions of super_admins without one end, so do those of whoever becomes one; others are left alone."""
    tokens = {role: sessions.start(home, people[role], "here") for role in Role}
    settings.put(home, factors.REQUIRED, True)
    assert {role for role, token in tokens.items() if sessions.look_up(home, token)} == {Role.VIEWER, Role.OPERATOR}
    users.set_role(home, "viewer", Role.SUPER_ADMIN, "test")
    assert not sessions.look_up(home, tokens[Role.VIEWER])
    assert factors.need(home, "viewer") is Need.SETUP
    assert factors.need(home, "operator") is Need.NOTHING
    turned_on(home, "super_admin", NOW)
    assert sessions.look_up(home, sessions.start(home, people[Role.SUPER_ADMIN], "here"))
    with pytest.raises(UsageError, match="settings require"):
        factors.turn_off(home, "super_admin")
    assert factors.find(home, "super_admin")
    settings.put(home, factors.REQUIRED, False)
    factors.turn_off(home, "super_admin")


def test_secrets_and_codes_are_drawn_by_the_system(home, people, monkeypatch):
    """Of a generator that somebody could foresee nothing is taken: seeding it changes neither secret nor code."""
    assert isinstance(pyotp.compat.random, random.SystemRandom)
    drawn = []
    for _ in range(2):
        random.seed(7)
        secret, codes = turned_on(home, "viewer", NOW)
        factors.turn_off(home, "viewer")
        drawn += [secret, *codes]
    assert len(set(drawn)) == 2 * (1 + factors.RECOVERY_CODES)
    asked = []
    monkeypatch.setattr(factors.secrets, "token_bytes", lambda size: asked.append(size) or bytes([len(asked)]) * size)
    turned_on(home, "viewer", NOW)
    assert asked == [15] * factors.RECOVERY_CODES


def test_where_it_is_required_of_all_nobody_goes_without(home, people):
    """Every session without one ends, whatever the role; each account needs one, and nobody turns it off."""
    tokens = [sessions.start(home, user, "here") for user in people.values()]
    assert not factors.is_required(home, "viewer")
    settings.put(home, factors.REQUIRED_OF_ALL, True)
    assert [sessions.look_up(home, token) for token in tokens] == [None] * len(people)
    for role, user in people.items():
        assert factors.need(home, str(role)) is Need.SETUP
        assert factors.is_required(home, str(role))
        turned_on(home, str(role), NOW)
        assert factors.need(home, str(role)) is Need.CODE
        assert sessions.look_up(home, sessions.start(home, user, "here"))
        with pytest.raises(UsageError, match="settings require"):
            factors.turn_off(home, str(role))
    assert not factors.is_required(home, "nobody")
