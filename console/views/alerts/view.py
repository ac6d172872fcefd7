"""Alerts view: the rules, the channels with their test button, and what has been sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from console import alerts, identity
from console.alerts import Channel, Delivery, Rule
from console.users import User
from console.views.alerts.forms import CHANNEL_KEY, RULE_KEY, open_form, show_channel_form, show_rule_form
from console.views.shared.acting import click, say, when
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import NOTHING, moment, visible
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Tone

TITLE, LEAD = "Alerts", "Who is told when a run fails, rejects too much or estimates something odd."
RULES, RULES_LEAD = "Rules", "Every run that ends is held against each rule that is on, however it was started."
NO_RULES = "There is no rule yet, so nobody is told anything. Add one; failed runs are a good start."
CHANNELS, CHANNELS_LEAD = "Channels", "Where the messages go. Their passwords and tokens are never shown again."
NO_CHANNELS = "There is no channel yet. Add one, then send a test message over it."
NOBODY_HEARS = "No channel is on: the rules speak up and nobody hears them."
ADD_RULE, ADD_CHANNEL = "Add a rule", "Add a channel"
CHANGE, TURN_ON, TURN_OFF, DELETE = "Change", "Turn on", "Turn off", "Delete"
SURE_RULE = "The rule goes for good. What it has sent stays in the list below."
SURE_CHANNEL = "The channel goes for good, with its passwords and tokens. What waits for it is given up."
SURE = "Delete for good"
TEST, TEST_HELP = "Send a test", "Sends a message now and shows what the receiver answered."
TESTING = "Waiting for the answer …"
ACCEPTED, REFUSED = "The test message was accepted.", "The test message was not accepted."
ON, OFF = "on", "off"
TO_ALL, TO_SOME = "Tells every channel.", "Tells {names}."
SENT, SENT_LEAD = "Sent and waiting", "The newest {number}. Five attempts within half an hour, then it is given up."
NOTHING_SENT = "Nothing has been sent yet."
NAMES = ("Made", "Rule", "Run", "Channel", "State", "Last answer")
STATES = {"waiting": "waiting", "accepted": "accepted", "given_up": "given up"}
REFUSED_SO_FAR = "waiting, attempt {number} of {most} at {when}"
LOOK, LOOK_LABEL = "Look at one", "{rule}, run {run} over {channel} ({state})"
ATTEMPT_NAMES = ("When", "Result", "Answer")
AGAIN, AGAIN_DONE = "Send again", "It is sent again within seconds."
RULE_GONE, CHANNEL_GONE = "The rule {name} is gone.", "The channel {name} is gone."
TURNED = "{name} is {state} now."
ACCEPTED_WORDS = {True: "accepted", False: "not accepted"}
TESTED_KEY = "alerts-tested"
SHOWN, TICK_SECONDS = 30, 5.0


def show_alerts(home: Path, user: User) -> None:
    """Draw the screen for a super_admin; every action and timer asks again who is there."""
    assert user.name
    markup.style("system.css")
    say()
    rules, channels = alerts.list_rules(home), alerts.list_channels(home)
    if rules and channels and not any(channel.enabled for channel in channels):
        markup.notice(NOBODY_HEARS, tone="warn")
    left, right = st.columns(2, gap="large")
    with left:
        _show_rules(home, rules, channels)
    with right:
        _show_channels(home, channels)
    _watch(home)
    _look_at_one(home)


# Rules ---------------------------------------------------------------------------------------------------------------


def _show_rules(home: Path, rules: Sequence[Rule], channels: Sequence[Channel]) -> None:
    markup.section(RULES, RULES_LEAD)
    names = {channel.id: channel.name for channel in channels}
    if not rules:
        markup.notice(NO_RULES)
    for rule in rules:
        with st.container(border=True):
            told = ", ".join(names[each] for each in rule.channels if each in names)
            lines = [alerts.describe(rule), TO_SOME.format(names=told) if rule.channels else TO_ALL]
            _show_item(rule.name, rule.enabled, lines)
            with st.container(horizontal=True):
                st.button(CHANGE, key=f"rule-change-{rule.id}", on_click=open_form, args=(RULE_KEY, rule.id))
                action = partial(_turn_rule, home, rule)
                label = TURN_OFF if rule.enabled else TURN_ON
                st.button(label, key=f"rule-turn-{rule.id}", on_click=click, args=(action,))
                _delete(f"rule-{rule.id}", SURE_RULE, partial(_delete_rule, home, rule))
    st.button(ADD_RULE, key="rule-add", on_click=open_form, args=(RULE_KEY, 0), icon=":material/add:")
    show_rule_form(home)


def _show_item(name: str, enabled: bool, lines: Sequence[str]) -> None:
    tone: Tone = "good" if enabled else "plain"
    markup.show("alert.html", name=name, state=ON if enabled else OFF, tone=tone, lines=lines)


def _delete(key: str, words: str, action: partial[str]) -> None:
    with st.popover(DELETE, key=f"{key}-delete"):
        st.text(words)
        st.button(SURE, key=f"{key}-delete-sure", on_click=click, args=(action,))


def _turn_rule(home: Path, rule: Rule, user: User | None) -> str:
    turned = replace(rule, enabled=not rule.enabled)
    alerts.save_rule(home, turned, user)
    return TURNED.format(name=rule.name, state=ON if turned.enabled else OFF)


def _delete_rule(home: Path, rule: Rule, user: User | None) -> str:
    alerts.delete_rule(home, rule.id, user)
    return RULE_GONE.format(name=rule.name)


# Channels ------------------------------------------------------------------------------------------------------------


def _show_channels(home: Path, channels: Sequence[Channel]) -> None:
    markup.section(CHANNELS, CHANNELS_LEAD)
    if not channels:
        markup.notice(NO_CHANNELS)
    for channel in channels:
        with st.container(border=True):
            _show_item(channel.name, channel.enabled, [channel.place])
            with st.container(horizontal=True):
                tested = st.button(TEST, key=f"channel-test-{channel.id}", help=TEST_HELP)
                st.button(
                    CHANGE, key=f"channel-change-{channel.id}", on_click=open_form, args=(CHANNEL_KEY, channel.id)
                )
                action = partial(_turn_channel, home, channel)
                label = TURN_OFF if channel.enabled else TURN_ON
                st.button(label, key=f"channel-turn-{channel.id}", on_click=click, args=(action,))
                _delete(f"channel-{channel.id}", SURE_CHANNEL, partial(_delete_channel, home, channel))
            if tested:
                _test(home, channel)
            _show_tested(channel)
    st.button(ADD_CHANNEL, key="channel-add", on_click=open_form, args=(CHANNEL_KEY, 0), icon=":material/add:")
    show_channel_form(home)


def _test(home: Path, channel: Channel) -> None:
    with st.spinner(TESTING):
        try:
            outcome = alerts.send_test(home, channel.id, identity.visitor())
            st.session_state[TESTED_KEY] = (channel.id, outcome.accepted, outcome.words)
        except EtlError as error:
            st.session_state[TESTED_KEY] = (channel.id, False, error.message)


def _show_tested(channel: Channel) -> None:
    """What came back from the last test, as long as nothing else is tested."""
    channel_id, accepted, words = st.session_state.get(TESTED_KEY, (None, False, ""))
    if channel_id == channel.id:
        markup.notice(words, tone="good" if accepted else "bad", title=ACCEPTED if accepted else REFUSED)


def _turn_channel(home: Path, channel: Channel, user: User | None) -> str:
    alerts.save_channel(
        home,
        user,
        name=channel.name,
        settings=channel.settings,
        enabled=not channel.enabled,
        channel_id=channel.id,
    )
    return TURNED.format(name=channel.name, state=OFF if channel.enabled else ON)


def _delete_channel(home: Path, channel: Channel, user: User | None) -> str:
    alerts.delete_channel(home, channel.id, user)
    return CHANNEL_GONE.format(name=channel.name)


# What was sent -------------------------------------------------------------------------------------------------------


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path) -> None:
    """The outbox, drawn again every few seconds, because the courier works by itself."""
    identity.require("alert.list")
    found = alerts.list_deliveries(home, SHOWN)
    markup.section(SENT, SENT_LEAD.format(number=SHOWN) if found else NOTHING_SENT)
    if found:
        markup.rows(SENT, NAMES, [_row(delivery) for delivery in found])


def _row(delivery: Delivery) -> tuple[str, ...]:
    facts, last = delivery.facts, delivery.last
    state = STATES[delivery.state]
    if delivery.state == "waiting" and delivery.attempts:
        next_at = when(delivery.next_at)
        state = REFUSED_SO_FAR.format(number=delivery.attempts + 1, most=alerts.ATTEMPTS, when=next_at)
    answer = last.words if last else NOTHING
    return moment(facts.created_at), facts.rule, facts.run_id, delivery.channel, state, answer


def _look_at_one(home: Path) -> None:
    """All attempts of one delivery, and another try for one that was given up."""
    found = {delivery.id: delivery for delivery in alerts.list_deliveries(home, SHOWN)}
    if not found:
        return
    picked = st.selectbox(
        LOOK, list(found), index=None, format_func=lambda key: _label(found[key]), key="alerts-look", placeholder=""
    )
    delivery = found.get(picked or 0)
    if delivery is None:
        return
    markup.notice(" ".join(filter(None, (delivery.facts.sentence, delivery.facts.error))))
    attempts = alerts.list_attempts(home, delivery.id)
    if attempts:
        lines = [(moment(each.at), ACCEPTED_WORDS[each.accepted], each.words) for each in attempts]
        markup.rows(LOOK, ATTEMPT_NAMES, lines)
    if delivery.state == "given_up":
        action = partial(_send_again, home, delivery.id)
        st.button(AGAIN, key=f"alerts-again-{delivery.id}", on_click=click, args=(action,))


def _label(delivery: Delivery) -> str:
    facts = delivery.facts
    words = LOOK_LABEL.format(rule=facts.rule, run=facts.run_id, channel=delivery.channel, state=STATES[delivery.state])
    return visible(words, 160)


def _send_again(home: Path, delivery_id: int, user: User | None) -> str:
    alerts.send_again(home, delivery_id, user)
    return AGAIN_DONE
