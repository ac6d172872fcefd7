"""The Users, My account and Audit pages, each run whole as some user."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from console import devices, factors, identity, links, login, noted, sessions, settings, users
from console.database import transaction
from console.devices import Device
from console.passkeys import store as passkeys
from console.users import Role
from etl_batch.security import audit_watch
from etl_batch.security.audit import AuditLog
from etl_batch.ui.audit import view as audit
from tests.factors import code_of, turned_on
from tests.passkeys import SITE, registered
from tests.support import FAILURE, HOSTILE, become, texts
from tests.waiting import PATIENCE_SECONDS

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
NOT_STORED_TWICE = "is not shown again"


@pytest.fixture(autouse=True)
def _nothing_noted_yet(monkeypatch):
    monkeypatch.setattr(noted, "_noted", type(noted._noted)())


def field(app, label: str):
    """The text field of that label."""
    return next(each for each in app.text_input if each.label == label)


def press(app, label: str):
    """Press the button of that label."""
    return next(each for each in app.button if each.label == label).click().run()


# Users ---------------------------------------------------------------------------------------------------------------


def test_an_invitation_shows_its_link_once(screen, fresh):
    """The new account waits for its password; the link is in the page after the click and gone with the next run."""
    app = screen(fresh, "users")
    field(app, "User name").set_value("guest")
    press(app, "Add account")
    assert not app.exception
    (address,) = [code.value for code in app.code]
    assert links.holder(fresh, address.partition("token=")[2]) == "guest"
    assert "waits for its first password" in texts(app)
    assert not app.run().code
    assert field(app, "User name").value == ""


def test_an_account_with_a_typed_password(screen, fresh):
    """The meter speaks while typing; a weak or mistyped password adds nobody; a good one does and the fields empty."""
    app = screen(fresh, "users")
    field(app, "User name").set_value("guest")
    app.radio[0].set_value("typed here").run()
    assert "Type a password to see how strong it is." in texts(app)
    field(app, "New password").set_value("password12").run()
    assert "Strength: weak." in texts(app)
    assert "This is a very common password." in texts(app)
    field(app, "New password, once more").set_value("password12")
    press(app, "Add account")
    assert "would be guessed soon" in texts(app)
    field(app, "New password").set_value(OTHER).run()
    assert "Strength: strong." in texts(app)
    press(app, "Add account")
    assert "The two passwords differ" in texts(app)
    assert users.find(fresh, "guest") is None
    field(app, "New password, once more").set_value(OTHER)
    press(app, "Add account")
    assert "guest was added as viewer." in texts(app)
    assert login.sign_in(fresh, "guest", OTHER, "here").role is Role.VIEWER
    assert field(app, "User name").value == ""


def test_changing_an_account(screen, fresh):
    """Role, lock, unlock, reset link and sessions of another account, each with its sentence and its record."""
    app = screen(fresh, "users")
    guest = users.create(fresh, "guest", Role.VIEWER, OTHER, by="test")
    token = sessions.start(fresh, guest, "here")
    app.run()
    app.selectbox(key="users-account").set_value("guest").run()
    app.selectbox(key="users-role-guest-viewer").set_value(Role.OPERATOR)
    press(app, "Change role")
    assert "guest is operator now." in texts(app)
    assert sessions.look_up(fresh, token).user.role is Role.OPERATOR
    press(app, "Make a reset link")
    assert NOT_STORED_TWICE in texts(app)
    press(app, "End sessions (1)")
    assert "guest: 1 session ended." in texts(app)
    assert sessions.look_up(fresh, token) is None
    press(app, "Disable")
    assert users.find(fresh, "guest").disabled
    press(app, "Enable")
    assert not users.find(fresh, "guest").disabled
    done = [record["action"] for record in AuditLog(fresh).search(user="super_admin")]
    assert done == ["user.enable", "user.disable", "session.end", "user.link", "user.role"]


def test_everybody_is_signed_out_but_this_browser(screen, fresh, monkeypatch):
    """One click on the Users screen; how many ended is said, and the page at hand goes on."""
    app = screen(fresh, "users")
    admin, guest = users.find(fresh, "super_admin"), users.create(fresh, "guest", Role.VIEWER, OTHER, by="test")
    here, *others = [sessions.start(fresh, user, "here") for user in (admin, admin, guest)]
    monkeypatch.setattr(identity, "current_session", lambda: sessions.number_of(here))
    press(app.run(), "End all sessions but this one")
    assert "Everybody: 2 sessions ended." in texts(app)
    assert [sessions.look_up(fresh, token) is not None for token in (here, *others)] == [True, False, False]


@pytest.mark.parametrize("label", ["Disable", "Make a reset link", "Change role"])
def test_a_click_is_about_the_account_that_is_chosen(screen, fresh, label):
    """Another account is chosen and the button pressed before the page is drawn for it: the first one is left alone."""
    app = screen(fresh, "users")
    for name in ("first", "second"):
        users.create(fresh, name, Role.VIEWER, OTHER, by="test")
    app.run()
    app.selectbox(key="users-account").set_value("first").run()
    app.selectbox(key="users-role-first-viewer").set_value(Role.OPERATOR)
    app.selectbox(key="users-account").set_value("second")
    press(app, label)
    assert [record["target"] for record in AuditLog(fresh).search(user="super_admin")] == ["second"]
    first, second = users.find(fresh, "first"), users.find(fresh, "second")
    assert (first.role, first.disabled) == (Role.VIEWER, False)
    assert (second.role, second.disabled) == (Role.VIEWER, label == "Disable")
    assert not app.exception


def test_the_last_super_admin_hears_why_not(screen, fresh):
    """The only one can neither be locked nor demoted from the page."""
    app = screen(fresh, "users")
    press(app, "Disable")
    assert "is the last super_admin" in texts(app)
    app.selectbox(key="users-role-super_admin-super_admin").set_value(Role.VIEWER)
    press(app, "Change role")
    assert "is the last super_admin" in texts(app)
    assert users.find(fresh, "super_admin").role is Role.SUPER_ADMIN


@pytest.mark.parametrize(
    ("label", "action"),
    [("Disable", "user.disable"), ("Change role", "user.role"), ("Make a reset link", "user.link")],
)
def test_a_click_after_a_demotion_is_refused_and_recorded(screen, fresh, monkeypatch, label, action):
    """The page was drawn for a super_admin; at the click it is somebody who is none any more."""
    app = screen(fresh, "users")
    users.create(fresh, "guest", Role.VIEWER, OTHER, by="test")
    users.create(fresh, "low", Role.OPERATOR, OTHER, by="test")
    app.run()
    app.selectbox(key="users-account").set_value("guest").run()
    before = users.list_users(fresh)
    field(app, "User name").set_value("intruder")
    become(monkeypatch, users.find(fresh, "low"))
    press(app, label)
    assert users.list_users(fresh) == before
    assert not app.code
    refused = AuditLog(fresh).search(action="refused", user="low")
    assert {record["target"] for record in refused} == {action, "page.users"}
    assert {record["detail"]["place"] for record in refused} == {"users"}


def test_many_accounts(screen, fresh, monkeypatch):
    """With more than a screenful there is a search, and what is not shown is counted."""
    monkeypatch.setattr("console.passwords.check_strength", lambda _password, _name: None)
    app = screen(fresh, "users")
    for number in range(120):
        users.invite(fresh, f"user{number:03d}", Role.VIEWER, "test")
    app.run()
    assert "121 accounts fit; the first 100 are shown." in texts(app)
    app.text_input(key="users-find").set_value("R01").run()
    assert texts(app).count('role="rowheader"') == 10
    app.text_input(key="users-find").set_value("zzz").run()
    assert "No account has that in its name." in texts(app)


# My account ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(screen, fresh, monkeypatch):
    """A viewer's account page with three open sessions; the first is the one at hand."""
    app = screen(fresh, "account", Role.VIEWER)
    user = users.find(fresh, "viewer")
    tokens = [sessions.start(fresh, user, f"10.0.0.{number}") for number in range(3)]
    monkeypatch.setattr(identity, "current_session", lambda: sessions.number_of(tokens[0]))
    return app.run(), tokens


def test_the_own_password(own, fresh):
    """A wrong current password is said; the right one changes it and ends the other sessions."""
    app, tokens = own
    for current, words in (("wrong horse battery", "current password is not right"), (PASSWORD, "was changed; 2")):
        field(app, "Current password").set_value(current)
        field(app, "New password").set_value(OTHER)
        field(app, "New password, once more").set_value(OTHER)
        press(app, "Change password")
        assert words in texts(app)
    assert [sessions.look_up(fresh, token) is not None for token in tokens] == [True, False, False]
    assert login.sign_in(fresh, "viewer", OTHER, "here")
    assert field(app, "Current password").value == ""


def test_own_sessions(own, fresh):
    """Each is listed with its address, this one says so and has no button; one ends, then all others."""
    app, tokens = own
    assert all(f"10.0.0.{number}" in texts(app) for number in range(3))
    assert texts(app).count("this one") == 1
    app.button(key=f"account-end-{sessions.number_of(tokens[1])}").click().run()
    assert sessions.look_up(fresh, tokens[1]) is None
    assert len([each for each in app.button if each.key.startswith("account-end-")]) == 2
    app.button(key="account-end-others").click().run()
    assert [sessions.look_up(fresh, token) is not None for token in tokens] == [True, False, False]
    assert "You are signed in here only." in texts(app)


def test_ending_own_sessions_takes_a_proof(own, fresh):
    """Ten minutes after the sign-in neither one session nor all others end before the password was typed."""
    app, tokens = own
    with transaction(fresh) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 600")
    for key in (f"account-end-{sessions.number_of(tokens[1])}", "account-end-others"):
        app.run().button(key=key).click().run()
        assert "first show that it is you" in texts(app)
    assert all(sessions.look_up(fresh, token) for token in tokens)
    field(app, "Your password").set_value(PASSWORD)
    press(app, "Go on")
    app.button(key="account-end-others").click().run()
    assert [sessions.look_up(fresh, token) is not None for token in tokens] == [True, False, False]


def test_an_ended_session_changes_nothing(own, fresh, monkeypatch):
    """A page that is still open when its session has ended can neither change the password nor end sessions."""
    app, tokens = own
    become(monkeypatch, None)
    app.button(key="account-end-others").click().run()
    assert all(sessions.look_up(fresh, token) for token in tokens)
    assert login.sign_in(fresh, "viewer", PASSWORD, "here")


def test_a_new_browser_is_news_on_every_screen(screen, fresh):
    """Wherever its owner looks, until it is put away; what the browser calls itself is shown as text."""
    users.create(fresh, "viewer", Role.VIEWER, PASSWORD, by="test")
    for agent in ("Usual/1.0", f"Another {HOSTILE}"):
        devices.keep(fresh, "viewer", Device("192.0.2.1", agent))
    app = screen(fresh, "schedules", Role.VIEWER)
    assert not app.exception
    assert "signed in as you: Another" in texts(app)
    assert HOSTILE not in texts(app)
    app.button(key="devices-seen").click().run()
    assert "signed in as you" not in texts(app)
    app = screen(fresh, "account", Role.VIEWER)
    assert "Usual/1.0" in texts(app)
    assert "signed in as you" not in texts(app)


def test_an_old_proof_is_asked_for_again(screen, fresh, monkeypatch):
    """Ten minutes after the sign-in a change is refused with what to do, and done once the password was typed."""
    app = screen(fresh, "users")
    admin = users.find(fresh, "super_admin")
    number = sessions.number_of(sessions.start(fresh, admin, "here"))
    monkeypatch.setattr(identity, "current_session", lambda: number)
    with transaction(fresh) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 600")
    field(app, "User name").set_value("guest")
    press(app, "Add account")
    assert "first show that it is you" in texts(app)
    assert users.find(fresh, "guest") is None
    app.run()
    field(app, "Your password").set_value("correct horse battery")
    press(app, "Go on")
    assert "It is you; go on where you were." in texts(app)
    field(app, "User name").set_value("guest")
    press(app, "Add account")
    assert users.find(fresh, "guest") is not None


def test_the_own_second_factor(own, fresh):
    """A wrong code is said, the right one turns it on; recovery codes are shown once, renewed, and it is turned off."""
    app, tokens = own
    press(app, "Set it up")
    assert not app.exception
    assert "data:image/svg+xml" in texts(app)
    secret = app.code[0].value.replace(" ", "")
    field(app, "Code that the app shows").set_value("000000")
    press(app, "Turn it on")
    assert "does not belong to the secret" in texts(app)
    field(app, "Code that the app shows").set_value(code_of(secret, time.time()))
    press(app, "Turn it on")
    assert [sessions.look_up(fresh, token) is not None for token in tokens] == [True, False, False]
    codes = app.code[0].value.split()
    assert len(codes) == factors.RECOVERY_CODES
    app.run()
    assert not app.code
    assert "factor-secret" not in app.session_state
    assert "recovery codes left: 10" in texts(app)
    field(app, "Current password").set_value(PASSWORD)
    field(app, "Code of your second factor").set_value(codes[0])
    field(app, "New password").set_value(OTHER)
    field(app, "New password, once more").set_value(OTHER)
    press(app, "Change password")
    assert "was changed" in texts(app)
    press(app, "Make new recovery codes")
    assert not set(codes) & set(app.code[0].value.split())
    press(app, "Turn it off")
    assert factors.find(fresh, "viewer") is None


def test_a_proof_takes_a_code_too(own, fresh):
    """Ten minutes after the sign-in the second factor is part of the proof; the password alone is refused."""
    app, _tokens = own
    _secret, codes = turned_on(fresh, "viewer", time.time(), identity.current_session())
    with transaction(fresh) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 600")
    press(app.run(), "Turn it off")
    assert "first show that it is you" in texts(app)
    for code, words in (("", "password or the code is not right"), (codes[0], "It is you")):
        app.run()
        field(app, "Your password").set_value(PASSWORD)
        app.text_input(key="proof-code").set_value(code)
        press(app, "Go on")
        assert words in texts(app)
    press(app, "Turn it off")
    assert factors.find(fresh, "viewer") is None


def test_where_it_is_required_it_is_not_turned_off(screen, fresh):
    """A super_admin's button says why; another super_admin can reset it on the Users screen."""
    app = screen(fresh, "account")
    turned_on(fresh, "super_admin", time.time())
    settings.put(fresh, factors.REQUIRED, True)
    app.run()
    assert app.button(key="factor-off").disabled
    viewer = screen(fresh, "account", Role.VIEWER)
    turned_on(fresh, "viewer", time.time())
    assert not viewer.run().button(key="factor-off").disabled
    settings.put(fresh, factors.REQUIRED_OF_ALL, True)
    assert viewer.run().button(key="factor-off").disabled
    users.create(fresh, "opal", Role.VIEWER, PASSWORD, by="test")
    app = screen(fresh, "users")
    app.selectbox(key="users-account").set_value("opal").run()
    assert app.button(key="users-Reset second factor").disabled
    turned_on(fresh, "opal", time.time())
    press(app.run(), "Reset second factor")
    assert "opal has no second factor any more." in texts(app)
    assert factors.find(fresh, "opal") is None


def test_the_own_passkeys(own, fresh, monkeypatch):
    """What there is, how to add one where that works and when, else why not; recovery codes; and its removal."""
    app, _tokens = own
    assert "You have none yet." in texts(app.run())
    assert "Passkeys work at a host name over https" in texts(app)
    registered(fresh, "viewer", "Lap*top*", identity.current_session())
    monkeypatch.setattr(identity, "site", lambda: SITE)
    assert "Lap*top*" in texts(app.run())
    assert "Recovery codes left: 10." in texts(app)
    assert 'href="/account/passkey"' in texts(app)
    assert "Code of your second factor" not in [each.label for each in app.text_input]
    with transaction(fresh) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 600")
    app.run()
    assert "first show at the top of this screen that it is you" in texts(app)
    assert 'href="/account/proof?next=%2F"' in texts(app)
    with transaction(fresh) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady + 600")
    (passkey,) = passkeys.list_passkeys(fresh, "viewer")
    app.run().button(key=f"passkey-remove-{passkey.number}").click().run()
    assert "The passkey Lap*top* was removed." in texts(app)
    assert factors.find(fresh, "viewer") is None


# Audit ---------------------------------------------------------------------------------------------------------------


def verified(app, home):
    """Press the button, wait for the thread, and draw the page anew."""
    app.button(key="audit-verify").click().run()
    assert audit_watch.wait(home, 60)
    return app.run()


def test_audit_verifies_in_words(screen, home):
    """Whole, torn, tampered with at a record: each is said, with the time, and what to do when bad."""
    app = screen(home, "audit")
    assert "The log is whole." in texts(verified(app, home))
    assert "Verified 2" in texts(app)
    log = AuditLog(home).files.log
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"seq":')
    assert "its last line is torn" in texts(verified(app, home))
    lines = whole.splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:2], lines[2].replace(b'"user":"', b'"user":"eve'), *lines[3:]]))
    shown = texts(verified(app, home))
    assert "The log was tampered with at record 3." in shown
    assert "Change nothing" in shown


def test_audit_speaks_of_the_log_as_it_stands(screen, fresh, monkeypatch):
    """What has come since the last verification is verified as the page is opened, or said to be not verified yet."""
    monkeypatch.setattr("etl_batch.ui.audit.view.PATIENCE_SECONDS", PATIENCE_SECONDS)
    screen(fresh, "home")
    audit_watch.verify_in_background(fresh)
    assert audit_watch.wait(fresh, 60)
    log = AuditLog(fresh)
    for number in range(3):
        records = log.append(user="ann", action="note", target=str(number))["seq"]
    shown = texts(screen(fresh, "audit"))
    assert "The log is whole." in shown
    assert f"{records} records, in agreement with {records} checkpoints" in shown
    assert f"Of the first {records - 3} " in shown
    assert "Not verified yet" not in shown
    monkeypatch.setattr(audit_watch, "verify_in_background", lambda *_: None)
    log.append(user="ann", action="note", target="late")
    shown = texts(screen(fresh, "audit"))
    assert "The log was whole when it was verified." in shown
    assert "Not verified yet: 1 record since then." in shown
    assert "The log is whole." not in shown


def test_home_raises_the_alarm(screen, fresh):
    """A log that was tampered with is said on the front page of super_admins, and of nobody else."""
    log = AuditLog(fresh)
    for number in range(3):
        log.append(user="ann", action="note", target=str(number))
    log.files.log.write_bytes(log.files.log.read_bytes().replace(b'"ann"', b'"eve"', 1))
    audit_watch.verify_in_background(fresh)
    assert audit_watch.wait(fresh, 60)
    assert "tampered with at record 1." in texts(screen(fresh, "home"))
    assert "tampered" not in texts(screen(fresh, "home", Role.VIEWER))


def test_audit_finds(screen, home):
    """Text, names, target and days narrow the records; what is found can be opened whole and exported."""
    app = screen(home, "audit")
    app.text_input(key="audit-text").set_value(FAILURE).run()
    assert set(app.dataframe[0].value["Target"]) == {FAILURE}
    assert f"/audit/export?format=csv&amp;text={FAILURE}" in texts(app)
    app.text_input(key="audit-text").set_value("")
    app.selectbox(key="audit-action").set_value("user.add").run()
    assert set(app.dataframe[0].value["Action"]) == {"user.add"}
    assert "super_admin" in set(app.dataframe[0].value["Target"])
    app.text_input(key="audit-target").set_value("R_ADM").run()
    assert list(app.dataframe[0].value["Action"]) == ["user.add"]
    app.text_input(key="audit-target").set_value("nothing").run()
    assert "No record fits the search." in texts(app)


def test_audit_pages(screen, fresh):
    """Older and newer records page by page, and a new search begins at the newest again."""
    log = AuditLog(fresh)
    for number in range(120):
        log.append(user="ann", action="note", target=f"t{number}")
    app = screen(fresh, "audit")
    app.selectbox(key="audit-user").set_value("ann").run()

    def first() -> str:
        return app.dataframe[0].value["Target"][0]

    shown = [first()]
    for key in ("audit-older", "audit-older", "audit-newer"):
        app.button(key=key).click().run()
        shown.append(first())
    assert shown == ["t119", "t69", "t19", "t69"]
    app.text_input(key="audit-text").set_value("t1").run()
    assert first() == "t119"
    assert not [button for button in app.button if button.key == "audit-newer"]


def test_a_search_that_stops_early_goes_on(screen, fresh, monkeypatch):
    """When one step has read its share without a find, the page says how far it came and goes on at a click."""
    log = AuditLog(fresh)
    log.append(user="ann", action="needle", target="t")
    for _ in range(3):
        log.append(user="ann", action="note", target="x" * 20_000)
    search = audit.search
    monkeypatch.setattr(audit, "search", lambda *arguments: search(*arguments, most=10_000))
    monkeypatch.setattr("etl_batch.security.audit_search._FIRST_BLOCK", 30_000)
    app = screen(fresh, "audit")
    app.selectbox(key="audit-action").set_value("needle").run()
    looked = 0
    while not app.dataframe:
        assert "The log goes on: search the older records too." in texts(app)
        assert app.button(key="audit-older").label == "Search older records"
        app.button(key="audit-older").click().run()
        looked += 1
        assert looked < 20
    assert list(app.dataframe[0].value["Action"]) == ["needle"]
    assert looked > 0


def test_a_demoted_user_verifies_nothing(screen, fresh, monkeypatch):
    """The button asks again who is there."""
    app = screen(fresh, "audit")
    assert audit_watch.wait(fresh, 60)
    before = audit_watch.audit_state(fresh).last
    become(monkeypatch, users.User("low", Role.OPERATOR))
    app.button(key="audit-verify").click().run()
    assert audit_watch.wait(fresh, 60)
    assert audit_watch.audit_state(fresh).last == before


def test_hostile_records_are_shown_as_text(screen, fresh):
    """Whatever an account's holder makes the log say, the page obeys none of it."""
    AuditLog(fresh).append(user=HOSTILE, action=HOSTILE, target=HOSTILE, outcome="ok", detail={HOSTILE[:20]: HOSTILE})
    app = screen(fresh, "audit")
    assert not app.exception
    assert "<img" not in texts(app)
    assert not any(HOSTILE in str(part.value) for part in [*app.markdown, *app.caption, *app.error])


def test_pages_keep_to_their_roles(screen, fresh, monkeypatch):
    """Alone, without the navigation, Users and Audit draw nothing for an operator and My account nothing for nobody."""
    from streamlit.testing.v1 import AppTest

    from etl_batch.defaults import PROJECT_ROOT

    screen(fresh, "users")
    low = users.create(fresh, "low", Role.OPERATOR, OTHER, by="test")
    for page, user in (("users", low), ("audit", low), ("account", None)):
        become(monkeypatch, user)
        alone = AppTest.from_file(
            str(Path(PROJECT_ROOT) / "pages" / f"{page}.py"), default_timeout=PATIENCE_SECONDS
        ).run()
        assert alone.error
        assert "<h1>" not in texts(alone)
    refused = AuditLog(fresh).search(action="refused")
    assert [(record["user"], record["target"]) for record in refused] == [("low", "page.audit"), ("low", "page.users")]
