"""Single sign-on on the screens: its settings, and what is another thing for accounts of the provider."""

from __future__ import annotations

from html import unescape

import pytest

from console import identity, sessions, users
from console.database import transaction
from console.single import accounts, configuration
from console.single.configuration import SignOn
from console.users import Role
from console.views.system import wording
from tests.support import become, texts

ISSUER = "https://id.example.org/realms/etl"
SAVE = "sign-on-save"


def filled(app, **more: str):
    """The form filled in as it should be, but for what is said."""
    values = {"issuer": ISSUER, "client_id": "etl", "secret": "s3cr3t", "roles": "admins = super_admin"} | more
    for field, text in values.items():
        kind = app.text_area if field == "roles" else app.text_input
        kind(key=f"sign-on-{field}").set_value(text)
    app.checkbox(key="sign-on-enabled").check()
    return app


def test_it_is_set_up(screen, fresh):
    """Kept as typed, each field with its help; the secret does not stay in the page, and is kept or removed."""
    app = screen(fresh, "system")
    fields = [*app.text_input, *app.text_area, *app.checkbox, *app.selectbox]
    for name, (label, help_) in wording.SIGN_ON_FIELDS.items():
        (field,) = [each for each in fields if each.key == f"sign-on-{name}"]
        assert (field.label, field.help) == (label, help_)
    filled(app, role_claim="realm_access.roles")
    app.selectbox(key="sign-on-default_role").set_value(Role.VIEWER)
    app.checkbox(key="sign-on-local_sign_in").uncheck()
    app.button(key=SAVE).click().run()
    assert not app.exception
    assert "Single sign-on is set." in texts(app)
    assert configuration.load(fresh) == SignOn(
        enabled=True,
        issuer=ISSUER,
        client_id="etl",
        role_claim="realm_access.roles",
        roles=(("admins", Role.SUPER_ADMIN),),
        default_role=Role.VIEWER,
        local_sign_in=False,
    )
    assert configuration.secret(fresh) == "s3cr3t"
    assert app.text_input(key="sign-on-secret").value == ""
    assert "s3cr3t" not in texts(app) + repr(app.session_state)
    app.button(key=SAVE).click().run()
    assert "Nothing was changed." in texts(app)
    app.checkbox(key="sign-on-secret-remove").check()
    app.button(key=SAVE).click().run()
    assert configuration.secret(fresh) == ""


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("issuer", "id.example.org", "Give the issuer's whole address"),
        ("issuer", "", "fill it in, or turn it off"),
        ("scopes", "email", "add it"),
        ("roles", "admins", "'admins' gives no role; write value = role"),
        ("roles", "", "Nobody would have a role"),
        ("address", "etl", "Give an address of https"),
        ("secret", "s3crét", "A token has up to 512"),
    ],
)
def test_what_is_wrong_is_said(screen, fresh, field, text, sentence):
    """Beside its field and below the button; nothing is saved, and what was typed stays."""
    app = filled(screen(fresh, "system"), **{field: text})
    app.button(key=SAVE).click().run()
    assert unescape(texts(app)).count(sentence) == 2
    assert configuration.load(fresh) == SignOn()
    assert app.text_input(key="sign-on-client_id").value == "etl"
    filled(app, scopes="openid", address="")
    app.button(key=SAVE).click().run()
    assert sentence not in unescape(texts(app))
    assert configuration.load(fresh).enabled


def test_a_click_after_a_demotion_changes_nothing(screen, fresh, monkeypatch):
    """The form was drawn for a super_admin; the click comes from somebody who is none any more."""
    app = filled(screen(fresh, "system"))
    users.create(fresh, "low", Role.OPERATOR, "correct horse battery", by="test")
    become(monkeypatch, users.User("low", Role.SUPER_ADMIN))
    app.button(key=SAVE).click().run()
    assert configuration.load(fresh) == SignOn()


def test_accounts_of_the_provider_on_the_users_screen(screen, fresh):
    """The list says where each signs in; no link is made for one of the provider's."""
    app = screen(fresh, "users")
    users.invite(fresh, "bea", Role.VIEWER, "test")
    accounts.link(fresh, "bea", ISSUER, "s1", "test")
    app.run()
    assert "by id.example.org" in texts(app)
    assert "waits for its first password" not in texts(app)
    app.selectbox(key="users-account").set_value("bea").run()
    assert "The role follows the provider" in texts(app)
    (button,) = [each for each in app.button if each.label == "Make a reset link"]
    assert button.disabled
    app.selectbox(key="users-account").set_value("super_admin").run()
    assert not next(each for each in app.button if each.label == "Make a reset link").disabled


def test_my_account_of_the_provider(screen, fresh, monkeypatch):
    """No field for a password, and the proof is a way to the provider."""
    app = screen(fresh, "account", Role.VIEWER)
    users.create(fresh, "root", Role.SUPER_ADMIN, "correct horse battery", by="test")
    accounts.link(fresh, "viewer", ISSUER, "s1", "test")
    number = sessions.number_of(sessions.start(fresh, users.find(fresh, "viewer"), "here"))
    monkeypatch.setattr(identity, "current_session", lambda: number)
    with transaction(fresh) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 600")
    app.run()
    assert not app.exception
    assert "You sign in by single sign-on" in texts(app)
    assert "Current password" not in [each.label for each in app.text_input]
    assert "Your password" not in [each.label for each in app.text_input]
    assert 'href="/login/oidc?again=1&amp;next=' in texts(app)
