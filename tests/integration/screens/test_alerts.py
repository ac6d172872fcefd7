"""The Alerts screen: forms with what is wrong beside the field, secrets that do not come back, and what was sent."""

from __future__ import annotations

import pytest

from console import alerts, users
from console.alerts import Mail, Rule, RuleKind, Webhook
from console.users import Role
from tests.receivers import web_server
from tests.support import FAILURE, HOSTILE, become, texts

HIDDEN = "https://hooks.example.org/T0/very-secret-path"


def admin(home):
    """The super_admin whose page it is."""
    return users.find(home, "super_admin")


def press(app, label: str):
    """Click the first button with that label."""
    next(button for button in app.button if button.label == label).click()
    return app.run()


def test_an_empty_screen_says_what_to_do(screen, fresh):
    """Without rules and channels there is a sentence for each, and no form."""
    app = screen(fresh, "alerts")
    assert not app.exception
    assert "There is no rule yet" in texts(app)
    assert "There is no channel yet" in texts(app)
    assert not app.text_input


def test_a_rule_is_made_changed_and_deleted(screen, fresh):
    """What is wrong stands beside the field; a saved rule shows in words, turns off and on, and goes for good."""
    app = press(screen(fresh, "alerts"), "Add a rule")
    app.text_input(key="alerts-rule-0-name").set_value("Odd totals")
    app.selectbox(key="alerts-rule-0-kind").set_value(RuleKind.RANGE).run()
    app.text_input(key="alerts-rule-0-measure").set_value("quantity")
    press(app, "Save")
    assert "Give the lowest or the highest total" in texts(app)
    assert alerts.list_rules(fresh) == []
    app.number_input(key="alerts-rule-0-low").set_value(10.0)
    press(app, "Save")
    assert alerts.list_rules(fresh) == [Rule("Odd totals", RuleKind.RANGE, measure="quantity", low=10.0)]
    assert "The estimate of quantity is below 10" in texts(app)
    assert not app.text_input
    press(app, "Turn off")
    assert not alerts.list_rules(fresh)[0].enabled
    press(app, "Change")
    assert app.text_input(key="alerts-rule-1-measure").value == "quantity"
    app.text_input(key="alerts-rule-1-name").set_value("Odd quantities")
    press(app, "Save")
    assert alerts.list_rules(fresh)[0].name == "Odd quantities"
    press(app, "Delete for good")
    assert alerts.list_rules(fresh) == []
    assert not app.exception


def test_a_webhook_is_made_and_its_secrets_do_not_come_back(screen, fresh):
    """The form of a saved channel begins with empty secrets, and saving it so keeps them."""
    app = press(screen(fresh, "alerts"), "Add a channel")
    app.text_input(key="alerts-channel-0-name").set_value("Team")
    press(app, "Save")
    assert "Give the whole address of the webhook" in texts(app)
    app.text_input(key="alerts-channel-0-url").set_value(HIDDEN)
    app.text_input(key="alerts-channel-0-token").set_value("t0k3n")
    press(app, "Save")
    assert "The channel Team is saved." in texts(app)
    assert "very-secret-path" not in texts(app)
    press(app, "Change")
    assert [app.text_input(key=f"alerts-channel-1-{name}").value for name in ("url", "token")] == ["", ""]
    press(app, "Save")
    assert alerts.list_channels(fresh)[0].kept == {"url", "token"}
    press(app, "Change")
    app.checkbox(key="alerts-channel-1-token-remove").check()
    press(app, "Save")
    assert alerts.list_channels(fresh)[0].kept == {"url"}
    assert "t0k3n" not in repr(app.session_state)
    assert "very-secret" not in repr(app.session_state)


def test_a_mail_channel(screen, fresh):
    """The form of the other kind has the fields of a mail server; recipients are one a line."""
    app = press(screen(fresh, "alerts"), "Add a channel")
    app.text_input(key="alerts-channel-0-name").set_value("Mail")
    app.button_group(key="alerts-channel-0-kind").set_value("mail").run()
    app.text_input(key="alerts-channel-0-host").set_value("mail.example.org")
    app.text_input(key="alerts-channel-0-sender").set_value("etl@example.org")
    app.text_area(key="alerts-channel-0-recipients").set_value("ada@example.org\n\nbob@example")
    press(app, "Save")
    (channel,) = alerts.list_channels(fresh)
    assert isinstance(channel.settings, Mail)
    assert channel.settings.recipients == ("ada@example.org", "bob@example")
    assert "ada@example.org, bob@example through mail.example.org:587" in texts(app)


def test_the_test_button_shows_the_answer(screen, fresh):
    """What the receiver answered stands beside the channel, as text."""
    with web_server(answers=[403], text=HOSTILE) as hook:
        screen(fresh, "home")
        alerts.save_channel(fresh, admin(fresh), name="Team", settings=Webhook(hook.url))
        app = press(screen(fresh, "alerts"), "Send a test")
    assert "The test message was not accepted." in texts(app)
    assert "HTTP 403 Forbidden: &lt;img" in texts(app)
    assert "<img" not in texts(app)


def test_what_was_sent_is_listed(screen, home):
    """A failed run's alert, its state and its attempts; hostile names stay text."""
    screen(home, "home")
    alerts.save_channel(home, admin(home), name=HOSTILE[:60], settings=Webhook("http://127.0.0.1:9/"))
    alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin(home))
    assert alerts.run_ended(home, FAILURE) == 1
    alerts.outbox.finish(home, 1, alerts.Outcome(False, HOSTILE), 0.0)
    app = screen(home, "alerts")
    assert not app.exception
    assert FAILURE in texts(app)
    assert "waiting, attempt 2 of 5 at" in texts(app)
    assert "<img" not in texts(app)
    for _ in range(4):
        alerts.outbox.finish(home, 1, alerts.Outcome(False, "no"), 0.0)
    app.selectbox(key="alerts-look").set_value(1).run()
    assert f"Run {FAILURE} by ada failed." in texts(app)
    press(app, "Send again")
    assert alerts.list_deliveries(home)[0].state == "waiting"


@pytest.mark.parametrize("lower", [None, Role.VIEWER, Role.OPERATOR])
def test_a_click_after_a_demotion_is_refused(screen, fresh, monkeypatch, lower):
    """The page was drawn for a super_admin; the click comes from somebody who is none any more."""
    app = press(screen(fresh, "alerts"), "Add a rule")
    app.text_input(key="alerts-rule-0-name").set_value("Mine").run()
    if lower is not None:
        users.create(fresh, "low", lower, "correct horse battery", by="test")
    become(monkeypatch, None if lower is None else users.User("low", Role.SUPER_ADMIN))
    press(app, "Save")
    assert alerts.list_rules(fresh) == []


def test_a_message_moves_nothing_below_it(screen, fresh):
    """What came of an action has a place of its own: else the whole screen stands there twice while it is drawn."""
    app = screen(fresh, "alerts")
    before = {place: part.type for place, part in app.main.children.items()}
    app = press(app, "Add a channel")
    app.text_input(key="alerts-channel-0-name").set_value("Team")
    app.text_input(key="alerts-channel-0-url").set_value(HIDDEN)
    press(app, "Save")
    assert "The channel Team is saved." in texts(app)
    after = {place: part.type for place, part in app.main.children.items()}
    assert [(before[place], after[place]) for place in before if before[place] != after[place]] == [("empty", "html")]
