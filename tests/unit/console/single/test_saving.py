"""The settings of single sign-on: what is refused, what is kept, and what the audit log has of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from console import sessions
from console.database import reading
from console.proof import SESSION, ProofNeeded
from console.single import configuration, saving
from console.single.configuration import SignOn, parse_roles
from console.users import Forbidden, Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

ISSUER = "https://id.example.org/realms/etl"
GOOD = SignOn(enabled=True, issuer=ISSUER, client_id="etl", roles=(("admins", Role.SUPER_ADMIN),))


@pytest.fixture
def admin(people):
    """A super_admin."""
    return people[Role.SUPER_ADMIN]


def test_what_is_saved_is_loaded(home, admin):
    """All of it, and the secret sealed; a fresh console has single sign-on off."""
    assert configuration.load(home) == SignOn()
    assert configuration.secret(home) == ""
    given = replace(GOOD, default_role=Role.VIEWER, create=False, local_sign_in=False, label="the house's account")
    assert saving.save(home, admin, given, "s3cr3t")
    assert configuration.load(home) == given
    assert configuration.secret(home) == "s3cr3t"
    assert not saving.save(home, admin, given)
    assert configuration.secret(home) == "s3cr3t"
    with reading(home) as connection:
        assert "s3cr3t" not in str([tuple(row) for row in connection.execute("SELECT * FROM single_sign_on")])
    (record,) = AuditLog(home).search(action="settings.sign_on")
    assert record["target"] == ISSUER
    assert record["detail"]["client_authentication"] == {"before": "empty", "after": "set"}
    assert record["detail"]["roles"] == {"before": [], "after": [["admins", "super_admin"]]}
    assert "s3cr3t" not in json.dumps(record)


def test_the_secret_goes_to_nobody_else(home, admin):
    """Another issuer takes it typed again, or removed; removing it alone is a change."""
    saving.save(home, admin, GOOD, "s3cr3t")
    moved = replace(GOOD, issuer="https://id.example.net")
    with pytest.raises(UsageError, match="another provider") as refused:
        saving.save(home, admin, moved)
    assert refused.value.field == "secret"
    assert configuration.load(home) == GOOD
    assert saving.save(home, admin, moved, forget_secret=True)
    assert configuration.secret(home) == ""
    assert saving.save(home, admin, GOOD, "another")
    assert saving.save(home, admin, GOOD, forget_secret=True)
    assert configuration.secret(home) == ""


BAD = {
    "issuer": ["", "id.example.org", "http://id.example.org", "ftp://127.0.0.1", "https://a@id.example.org",
               "https://id.example.org?a=b", "https://id.example.org#a", "https://id.example.org:0", "https://[::1",
               "https://id example.org", "javascript:alert(1)", "https://" + "a" * 600],
    "client_id": ["", "a\x00b"],
    "scopes": ["", "profile email"],
    "label": ["a" * 41],
    "address": ["http://etl.example.org", "etl.example.org"],
}  # fmt: skip


@pytest.mark.parametrize(("field", "text"), [(field, text) for field, texts in BAD.items() for text in texts])
def test_what_cannot_be_is_refused(home, admin, field, text):
    """With the field, and nothing is kept."""
    with pytest.raises(UsageError) as refused:
        saving.save(home, admin, replace(GOOD, **{field: text}))
    assert refused.value.field == field
    assert configuration.load(home) == SignOn()


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:8080", "http://localhost/realms/etl", "http://[::1]:1/", "https://id.example.org/"]
)
def test_issuers_that_can_be(home, admin, issuer):
    """Plain http on this machine; a slash at the end is the provider's own."""
    saving.save(home, admin, replace(GOOD, issuer=f" {issuer} "))
    assert configuration.load(home).issuer == issuer


def test_roles_as_they_are_typed():
    """A line each; a value may hold signs of equality."""
    assert parse_roles(["", " admins = super_admin ", "CN=ops,OU=etl=operator"]) == (
        ("admins", Role.SUPER_ADMIN),
        ("CN=ops,OU=etl", Role.OPERATOR),
    )
    for line in ("admins", "admins = king", "= viewer"):
        with pytest.raises(UsageError, match="gives no role"):
            parse_roles([line])


def test_somebody_has_to_have_a_role(home, admin):
    """A mapping or a default; while it is off anything may be missing."""
    with pytest.raises(UsageError, match="Nobody would have a role"):
        saving.save(home, admin, replace(GOOD, roles=()))
    with pytest.raises(UsageError, match="too long"):
        saving.save(home, admin, replace(GOOD, roles=(("a", Role.VIEWER),) * 201))
    saving.save(home, admin, replace(GOOD, roles=(), default_role=Role.VIEWER))
    saving.save(home, admin, SignOn())


def test_it_takes_a_super_admin_and_a_proof(home, people):
    """As every change of who may come in."""
    with pytest.raises(Forbidden):
        saving.save(home, people[Role.OPERATOR], GOOD)
    number = sessions.number_of(sessions.start(home, people[Role.SUPER_ADMIN], "here", 1.0))
    token = SESSION.set(number[::-1])
    try:
        with pytest.raises(ProofNeeded):
            saving.save(home, people[Role.SUPER_ADMIN], GOOD)
    finally:
        SESSION.reset(token)
    assert configuration.load(home) == SignOn()


def test_a_secret_that_cannot_be_opened_is_kept_until_another_comes(home, admin):
    """The rest can be changed meanwhile."""
    saving.save(home, admin, GOOD, "s3cr3t")
    (home / ".secrets" / "console.key").unlink()
    assert configuration.secret(home) is None
    assert saving.save(home, admin, replace(GOOD, label="work"))
    assert saving.save(home, admin, replace(GOOD, label="work"), "another")
    assert configuration.secret(home) == "another"
