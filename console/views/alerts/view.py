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
from console.views.alerts import wording
from console.views.alerts.forms import CHANNEL_KEY, RULE_KEY, open_form, show_channel_form, show_rule_form
from console.views.shared.acting import click, say, when
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import NOTHING, moment, visible
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Tone

TESTED_KEY = "alerts-tested"
SHOWN, TICK_SECONDS = 30, 5.0


def show_alerts(home: Path, user: User) -> None:
    """Draw the screen for a super_admin; every action and timer asks again who is there."""
    assert user.name
    markup.style("system.css")
    say()
    rules, channels = alerts.list_rules(home), alerts.list_channels(home)
    if rules and channels and not any(channel.enabled for channel in channels):
        markup.notice(wording.NOBODY_HEARS, tone="warn")
    left, right = st.columns(2, gap="large")
    with left:
        _show_rules(home, rules, channels)
    with right:
        _show_channels(home, channels)
    _watch(home)
    _look_at_one(home)


# Rules ---------------------------------------------------------------------------------------------------------------


def _show_rules(home: Path, rules: Sequence[Rule], channels: Sequence[Channel]) -> None:
    markup.section(wording.RULES, wording.RULES_LEAD)
    names = {channel.id: channel.name for channel in channels}
    if not rules:
        markup.notice(wording.NO_RULES)
    for rule in rules:
        with st.container(border=True):
            told = ", ".join(names[each] for each in rule.channels if each in names)
            lines = [alerts.describe(rule), wording.TO_SOME.format(names=told) if rule.channels else wording.TO_ALL]
            _show_item(rule.name, rule.enabled, lines)
            with st.container(horizontal=True):
                st.button(wording.CHANGE, key=f"rule-change-{rule.id}", on_click=open_form, args=(RULE_KEY, rule.id))
                action = partial(_turn_rule, home, rule)
                label = wording.TURN_OFF if rule.enabled else wording.TURN_ON
                st.button(label, key=f"rule-turn-{rule.id}", on_click=click, args=(action,))
                _delete(f"rule-{rule.id}", wording.SURE_RULE, partial(_delete_rule, home, rule))
    st.button(wording.ADD_RULE, key="rule-add", on_click=open_form, args=(RULE_KEY, 0), icon=":material/add:")
    show_rule_form(home)


def _show_item(name: str, enabled: bool, lines: Sequence[str]) -> None:
    tone: Tone = "good" if enabled else "plain"
    markup.show("alert.html", name=name, state=wording.ON if enabled else wording.OFF, tone=tone, lines=lines)


def _delete(key: str, words: str, action: partial[str]) -> None:
    with st.popover(wording.DELETE, key=f"{key}-delete"):
        st.text(words)
        st.button(wording.SURE, key=f"{key}-delete-sure", on_click=click, args=(action,))


def _turn_rule(home: Path, rule: Rule, user: User | None) -> str:
    turned = replace(rule, enabled=not rule.enabled)
    alerts.save_rule(home, turned, user)
    return wording.TURNED.format(name=rule.name, state=wording.ON if turned.enabled else wording.OFF)


def _delete_rule(home: Path, rule: Rule, user: User | None) -> str:
    alerts.delete_rule(home, rule.id, user)
    return wording.RULE_GONE.format(name=rule.name)


# Channels ------------------------------------------------------------------------------------------------------------


def _show_channels(home: Path, channels: Sequence[Channel]) -> None:
    markup.section(wording.CHANNELS, wording.CHANNELS_LEAD)
    if not channels:
        markup.notice(wording.NO_CHANNELS)
    for channel in channels:
        with st.container(border=True):
            _show_item(channel.name, channel.enabled, [channel.place])
            with st.container(horizontal=True):
                tested = st.button(wording.TEST, key=f"channel-test-{channel.id}", help=wording.TEST_HELP)
                st.button(
                    wording.CHANGE,
                    key=f"channel-change-{channel.id}",
                    on_click=open_form,
                    args=(CHANNEL_KEY, channel.id),
                )
                action = partial(_turn_channel, home, channel)
                label = wording.TURN_OFF if channel.enabled else wording.TURN_ON
                st.button(label, key=f"channel-turn-{channel.id}", on_click=click, args=(action,))
                _delete(f"channel-{channel.id}", wording.SURE_CHANNEL, partial(_delete_channel, home, channel))
            if tested:
                _test(home, channel)
            _show_tested(channel)
    st.button(wording.ADD_CHANNEL, key="channel-add", on_click=open_form, args=(CHANNEL_KEY, 0), icon=":material/add:")
    show_channel_form(home)


def _test(home: Path, channel: Channel) -> None:
    with st.spinner(wording.TESTING):
        try:
            outcome = alerts.send_test(home, channel.id, identity.visitor())
            st.session_state[TESTED_KEY] = (channel.id, outcome.accepted, outcome.words)
        except EtlError as error:
            st.session_state[TESTED_KEY] = (channel.id, False, error.message)


def _show_tested(channel: Channel) -> None:
    """What came back from the last test, as long as nothing else is tested."""
    channel_id, accepted, words = st.session_state.get(TESTED_KEY, (None, False, ""))
    if channel_id == channel.id:
        markup.notice(
            words, tone="good" if accepted else "bad", title=wording.ACCEPTED if accepted else wording.REFUSED
        )


def _turn_channel(home: Path, channel: Channel, user: User | None) -> str:
    alerts.save_channel(
        home,
        user,
        name=channel.name,
        settings=channel.settings,
        enabled=not channel.enabled,
        channel_id=channel.id,
    )
    return wording.TURNED.format(name=channel.name, state=wording.OFF if channel.enabled else wording.ON)


def _delete_channel(home: Path, channel: Channel, user: User | None) -> str:
    alerts.delete_channel(home, channel.id, user)
    return wording.CHANNEL_GONE.format(name=channel.name)


# What was sent -------------------------------------------------------------------------------------------------------


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path) -> None:
    """The outbox, drawn again every few seconds, because the courier works by itself."""
    identity.require("alert.list")
    found = alerts.list_deliveries(home, SHOWN)
    markup.section(wording.SENT, wording.SENT_LEAD.format(number=SHOWN) if found else wording.NOTHING_SENT)
    if found:
        markup.rows(wording.SENT, wording.NAMES, [_row(delivery) for delivery in found])


def _row(delivery: Delivery) -> tuple[str, ...]:
    facts, last = delivery.facts, delivery.last
    state = wording.STATES[delivery.state]
    if delivery.state == "waiting" and delivery.attempts:
        next_at = when(delivery.next_at)
        state = wording.REFUSED_SO_FAR.format(number=delivery.attempts + 1, most=alerts.ATTEMPTS, when=next_at)
    answer = last.words if last else NOTHING
    return moment(facts.created_at), facts.rule, facts.run_id, delivery.channel, state, answer


def _look_at_one(home: Path) -> None:
    """All attempts of one delivery, and another try for one that was given up."""
    found = {delivery.id: delivery for delivery in alerts.list_deliveries(home, SHOWN)}
    if not found:
        return
    picked = st.selectbox(
        wording.LOOK,
        list(found),
        index=None,
        format_func=lambda key: _label(found[key]),
        key="alerts-look",
        placeholder="",
    )
    delivery = found.get(picked or 0)
    if delivery is None:
        return
    markup.notice(" ".join(filter(None, (delivery.facts.sentence, delivery.facts.error))))
    attempts = alerts.list_attempts(home, delivery.id)
    if attempts:
        lines = [(moment(each.at), wording.ACCEPTED_WORDS[each.accepted], each.words) for each in attempts]
        markup.rows(wording.LOOK, wording.ATTEMPT_NAMES, lines)
    if delivery.state == "given_up":
        action = partial(_send_again, home, delivery.id)
        st.button(wording.AGAIN, key=f"alerts-again-{delivery.id}", on_click=click, args=(action,))


def _label(delivery: Delivery) -> str:
    facts = delivery.facts
    words = wording.LOOK_LABEL.format(
        rule=facts.rule, run=facts.run_id, channel=delivery.channel, state=wording.STATES[delivery.state]
    )
    return visible(words, 160)


def _send_again(home: Path, delivery_id: int, user: User | None) -> str:
    alerts.send_again(home, delivery_id, user)
    return wording.AGAIN_DONE
