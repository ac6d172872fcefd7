"""Users: roles in their order, the rules of names and passwords, and what every change brings with it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from console import login, passwords, sessions, users
from console.users import Role
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.security.audit import AuditLog

PASSWORD = "correct horse battery"


def test_roles_stand_in_order():
    """Each role allows itself and what stands below it, and nothing above."""
    assert [str(role) for role in Role] == ["viewer", "operator", "super_admin"]
    for lower, higher in pairwise(Role):
        assert higher.allows(lower)
        assert not lower.allows(higher)
    assert all(role.allows(role) for role in Role)


def test_create_and_list(home, people):
    """Accounts come back by name with their role, and names are the same in any case."""
    assert [user.name for user in users.list_users(home)] == ["operator", "super_admin", "viewer"]
    assert users.find(home, "VIEWER") == people[Role.VIEWER]
    with pytest.raises(UsageError, match="already a user 'Viewer'"):
        users.create(home, "Viewer", Role.VIEWER, PASSWORD, "test")


def test_a_fresh_home_has_no_account(home):
    """Nobody is there before somebody is added: no name that comes with the product signs in."""
    assert users.list_users(home) == []
    for name in ("root", "admin", "sa", "administrator", "super_admin", "quantum"):
        for password in (name, "", "password", "changeme"):
            with pytest.raises(login.SignInRefused):
                login.sign_in(home, name, password, f"{name}{password}")
    assert users.list_users(home) == []


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "a" * 65, "ü", "a/b", "a\n", "<b>"])
def test_names_are_plain(home, name):
    """A name with anything but letters, digits, dots, dashes, @ and underscores is refused."""
    with pytest.raises(UsageError, match="is not a user name"):
        users.create(home, name, Role.VIEWER, PASSWORD, "test")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 10"),
        ("a" * 129, "has 129 characters; use at most 128"),
        ("ü" * 100_000, "at most 128"),
        ("u\u0308" * 9, "has 9 characters; use at least 10"),
        ("nul\x00nul\x00nul", "NUL"),
    ],
)
def test_passwords_have_rules(home, password, words):
    """Too short, more than 128 characters (as they are seen) and NUL are refused in words."""
    with pytest.raises(UsageError, match=words):
        users.create(home, "new", Role.VIEWER, password, "test")
    assert users.find(home, "new") is None


@pytest.mark.parametrize("password", ["a" * 10, "a" * 128, "u\u0308" * 128, "漢" * 64, "\U0001f980" * 128])
def test_passwords_at_the_limits_work(password):
    """The shortest and the longest passwords allowed are accepted and no other password fits."""
    stored = passwords.hash_password(password)
    assert passwords.matches(password, stored)
    assert not passwords.matches(password[:-1], stored)
    assert not passwords.matches(password + "a", stored)


def test_the_cost_in_use_is_twelve(monkeypatch):
    """What ships hashes with bcrypt at cost 12."""
    monkeypatch.undo()
    assert passwords.BCRYPT_COST == 12
    assert passwords.hash_password(PASSWORD).startswith(b"$2b$12$")


def test_composed_and_decomposed_letters_are_the_same():
    """The same letter typed on another keyboard as two code points still signs in."""
    assert passwords.matches("schlu\u0308sselbund", passwords.hash_password("schl\u00fcsselbund"))


def test_disabling_ends_sessions(home, people):
    """A disabled user is out at once, and enabling brings the account back without its sessions."""
    token = sessions.start(home, people[Role.VIEWER], "here")
    assert users.disable(home, "viewer", "test").disabled
    assert sessions.look_up(home, token) is None
    assert not users.enable(home, "viewer", "test").disabled
    assert sessions.look_up(home, token) is None


def test_a_reset_ends_sessions_and_changes_the_password(home, people):
    """After a reset the old sessions and the old password are good for nothing."""
    token = sessions.start(home, people[Role.VIEWER], "here")
    users.reset(home, "viewer", "another password", "test")
    assert sessions.look_up(home, token) is None


def test_the_last_super_admin_stays(home, people):
    """The last super_admin who can sign in cannot be disabled; the last but one can."""
    with pytest.raises(UsageError, match="last super_admin"):
        users.disable(home, "super_admin", "test")
    users.create(home, "second", Role.SUPER_ADMIN, PASSWORD, "test")
    users.disable(home, "super_admin", "test")
    with pytest.raises(UsageError, match="last super_admin"):
        users.disable(home, "second", "test")


def test_unknown_names_are_said(home):
    """Changing an account that does not exist names it."""
    for change in (users.disable, users.enable):
        with pytest.raises(UsageError, match="no user 'ghost'"):
            change(home, "ghost", "test")
    with pytest.raises(UsageError, match="no user 'ghost'"):
        users.reset(home, "ghost", PASSWORD, "test")


def test_every_change_is_on_the_audit_log(home, people):
    """Adding, disabling, enabling and resetting leave a record each, with who, what and whom, and no password."""
    users.disable(home, "viewer", "root")
    users.enable(home, "viewer", "root")
    users.reset(home, "viewer", PASSWORD, "root")
    records = AuditLog(home).tail(3)
    assert [(r["user"], r["action"], r["target"]) for r in records] == [
        ("root", "user.reset", "viewer"),
        ("root", "user.enable", "viewer"),
        ("root", "user.disable", "viewer"),
    ]
    assert PASSWORD not in (home / ".secrets" / "etl_audit.log").read_text()


def test_what_cannot_be_recorded_is_not_done(home, people):
    """With the audit log out of order no account changes."""
    log = home / ".secrets" / "etl_audit.log"
    log.unlink()
    log.mkdir()
    with pytest.raises(OutputFailed):
        users.create(home, "new", Role.VIEWER, PASSWORD, "test")
    with pytest.raises(OutputFailed):
        users.disable(home, "viewer", "test")
    assert users.find(home, "new") is None
    assert users.find(home, "viewer") == people[Role.VIEWER]
