"""Proof: what matters most takes a password that was typed some minutes ago at the longest."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from console import account, audit_export, identity, login, people, proof, sessions, settings
from console.clock import Moment
from console.database import transaction
from console.passkeys import own as own_passkeys
from console.proof import ProofNeeded
from console.users import Forbidden, Role
from etl_batch.errors import Busy, UsageError
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_search import AuditFilter
from tests.passkeys import SITE
from tests.waiting import PATIENCE_SECONDS

PASSWORD = "correct horse battery"


def without_one(change) -> None:
    """Try a change of a second factor that is not there, which is said to whoever has come past the door."""
    with pytest.raises(UsageError, match="has no second factor"):
        change()


def removed_already(home, user) -> None:
    """Try to remove a passkey that is not there, which is said to whoever has come past the door."""
    with pytest.raises(UsageError, match="was removed already"):
        own_passkeys.remove(home, user, "none")


CHANGES = {
    "user.add": lambda home, user: people.invite(home, "guest", Role.VIEWER, user),
    "user.role": lambda home, user: people.change_role(home, "viewer", Role.OPERATOR, user),
    "user.disable": lambda home, user: people.disable(home, "viewer", user),
    "user.enable": lambda home, user: people.enable(home, "viewer", user),
    "user.link": lambda home, user: people.reset_link(home, "viewer", user),
    "user.sessions": lambda home, user: people.end_sessions(home, "viewer", user),
    "user.sessions of all": lambda home, user: people.end_everybodys_sessions(home, user, proof.SESSION.get()),
    "session.end": lambda home, user: account.end_session(home, user, "none"),
    "session.end_others": lambda home, user: account.end_others(home, user, proof.SESSION.get()),
    "user.factor": lambda home, user: without_one(lambda: people.reset_factor(home, "viewer", user)),
    "account.factor.on": account.begin_factor,
    "account.factor.off": lambda home, user: without_one(lambda: account.turn_factor_off(home, user)),
    "account.factor.codes": lambda home, user: without_one(lambda: account.renew_recovery_codes(home, user)),
    "account.passkey.add": lambda home, user: own_passkeys.begin(home, user, "Laptop", SITE, "here"),
    "account.passkey.remove": lambda home, user: removed_already(home, user),
    "settings.change": lambda home, user: settings.change(home, {"runners": 3}, user),
    "audit.export": lambda home, user: list(audit_export.export(home, AuditFilter(), "jsonl", user)),
}


@pytest.fixture
def admin(people):
    """The super_admin."""
    return people[Role.SUPER_ADMIN]


@pytest.fixture
def session(home, admin):
    """The number of the super_admin's session, whose browser is the one that asks."""
    number = sessions.number_of(sessions.start(home, admin, "192.0.2.1"))
    before = proof.SESSION.set(number)
    yield number
    proof.SESSION.reset(before)


def grow_old(home, seconds: float = proof.PROVED_SECONDS) -> None:
    """Let the last proof of every session be so long ago."""
    with transaction(home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - ?", (seconds,))


@pytest.mark.parametrize("name", CHANGES)
def test_what_matters_takes_a_proof(home, admin, session, name):
    """Right after the sign-in it is done; ten minutes later the password is asked for, and then it is done again."""
    change = CHANGES[name]
    change(home, admin)
    grow_old(home)
    before = AuditLog(home).tail(1)[0]["seq"]
    with pytest.raises(ProofNeeded, match="first show that it is you"):
        change(home, admin)
    assert AuditLog(home).tail(1)[0]["seq"] == before
    account.prove(home, admin, PASSWORD, session)
    assert AuditLog(home).tail(1)[0]["action"] == "session.prove"
    if name != "user.add":
        change(home, admin)


def test_the_role_comes_first(home, people, session):
    """Whoever may not do it at all is told that, proof or not."""
    grow_old(home)
    with pytest.raises(Forbidden):
        people_change(home, people[Role.VIEWER])


def people_change(home, user) -> None:
    """A change that takes a super_admin and a proof."""
    people.change_role(home, "operator", Role.VIEWER, user)


def test_a_wrong_password_proves_nothing(home, admin, session):
    """Five failures, then a wait; it stays as it was, and signing in elsewhere is not held up."""
    grow_old(home)
    for _ in range(5):
        with pytest.raises(login.SignInRefused):
            account.prove(home, admin, "wrong horse battery", session)
    with pytest.raises(Busy):
        account.prove(home, admin, PASSWORD, session)
    assert not proof.is_fresh(home, session)
    assert login.sign_in(home, "super_admin", PASSWORD, "198.51.100.1") == admin


@pytest.mark.parametrize(
    ("later", "boot", "fresh"),
    [(0.0, "this", True), (599.0, "this", True), (600.0, "this", False), (-1.0, "this", False), (1.0, "other", False)],
)
def test_how_long_a_proof_is_good(home, admin, later, boot, fresh):
    """Ten minutes of the machine's own count; setting the clock changes nothing, a restart of the machine ends it."""
    token = sessions.start(home, admin, "here", Moment(1e9, 500.0, "this"))
    for wall in (1e9, 1e9 - 30 * 86_400):
        assert proof.is_fresh(home, sessions.number_of(token), Moment(wall, 500.0 + later, boot)) is fresh


def test_a_proof_is_of_one_session(home, admin, session):
    """Another browser of the same user has to give its own; the one that gave it gets another token."""
    other = sessions.number_of(sessions.start(home, admin, "192.0.2.2"))
    grow_old(home)
    account.prove(home, admin, PASSWORD, session)
    assert (proof.is_fresh(home, session), proof.is_fresh(home, other)) == (True, False)
    with transaction(home) as connection:
        due = connection.execute("SELECT count(*) FROM sessions WHERE renew").fetchone()[0]
    assert due == 1


def page() -> None:
    """A screen that takes a proof."""
    from console.views.shared.proving import ask_proof
    from etl_batch.defaults import default_home

    ask_proof(default_home())


def test_the_field_is_there_while_it_is_needed(home, admin, session, monkeypatch):
    """A wrong password is refused there in words; after the right one the field is gone."""
    monkeypatch.setenv("ETL_HOME", str(home))
    monkeypatch.setattr(identity, "current_user", lambda: admin)
    monkeypatch.setattr(identity, "current_session", lambda: session)
    test = AppTest.from_function(page, default_timeout=PATIENCE_SECONDS).run()
    assert len(test.text_input) == 0
    grow_old(home)
    test.run()
    for password, left in (("wrong horse battery", 1), (PASSWORD, 0)):
        test.text_input[0].input(password)
        test.button[0].click()
        test.run()
        assert not test.exception
        assert len(test.text_input) == left
