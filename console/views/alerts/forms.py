"""The two forms of the Alerts screen: a rule, and a channel with secrets that are typed and never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from console import alerts, presets
from console.alerts import Channel, Mail, Rule, RuleKind, RuleTotal, Security, Webhook
from console.users import User
from console.views.alerts import wording
from console.views.shared.acting import attempt, forget
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import visible
from etl_batch.ui.shared import markup

RULE_KEY, CHANNEL_KEY = "alerts-rule", "alerts-channel"
"""What is being changed: its id, 0 for a new one; absent when the form is shut."""
PROBLEM_KEY = "alerts-problem"
Keys = Callable[[str], str]


def open_form(which: str, item: int) -> None:
    """A button's callback: show the form for a rule or a channel, and no other one."""
    shut()
    st.session_state[which] = item


def shut() -> None:
    """A button's callback: put the forms away, with all that was typed into them."""
    typed = [key for key in st.session_state if str(key).startswith((f"{RULE_KEY}-", f"{CHANNEL_KEY}-"))]
    for key in (RULE_KEY, CHANNEL_KEY, PROBLEM_KEY, *typed):
        st.session_state.pop(key, None)


def _problem(*fields: str) -> None:
    """What is wrong with one of these fields, below it."""
    field, sentence = st.session_state.get(PROBLEM_KEY, (None, ""))
    if field in fields or (not fields and sentence):
        markup.notice(sentence, tone="bad")


def _keys(which: str, item: int) -> Keys:
    return lambda field: f"{which}-{item}-{field}"


def _save(action: Callable[[User | None], str]) -> None:
    """A button's callback: save and put the form away, or say what is wrong beside the field."""
    problem: list[EtlError] = []

    def save(user: User | None) -> str:
        try:
            return action(user)
        except EtlError as error:
            problem.append(error)
            raise

    if attempt(save):
        shut()
    elif problem:
        st.session_state[PROBLEM_KEY] = (problem[0].facts.get("field"), problem[0].message)
        if problem[0].facts.get("field"):
            # It stands beside its field and need not be said on top as well.
            forget()


def _end(action: Callable[[User | None], str], key: str) -> None:
    with st.container(horizontal=True):
        st.button(wording.SAVE, type="primary", key=f"{key}-save", on_click=_save, args=(action,))
        st.button(wording.DROP, key=f"{key}-drop", on_click=shut)


# Rules ---------------------------------------------------------------------------------------------------------------


def show_rule_form(home: Path) -> None:
    """The form of the rule that is being changed, when one is."""
    item = st.session_state.get(RULE_KEY)
    rule = next((rule for rule in alerts.list_rules(home) if rule.id == item), Rule("", RuleKind.FAILED))
    if item is None:
        return
    key = _keys(RULE_KEY, item)
    channels = {channel.id: channel.name for channel in alerts.list_channels(home)}
    with st.container(border=True):
        markup.section(wording.CHANGE_RULE.format(name=rule.name) if rule.id else wording.NEW_RULE)
        st.text_input(wording.NAME, rule.name, key=key("name"), help=wording.RULE_NAME_HELP)
        _problem("name")
        kinds = list(RuleKind)
        kind = st.selectbox(
            wording.KIND, kinds, kinds.index(rule.kind), format_func=wording.KINDS.__getitem__, key=key("kind")
        )
        ask: Mapping[RuleKind, Callable[[Rule, Keys], None]] = {
            RuleKind.FAILED: _ask_failed,
            RuleKind.REJECTS: _ask_rejects,
            RuleKind.RANGE: _ask_range,
        }
        ask[kind or rule.kind](rule, key)
        _ask_scope(home, rule, key)
        chosen = [each for each in rule.channels if each in channels]
        name_of = partial(_name_of, channels)
        st.multiselect(
            wording.FORMS_CHANNELS,
            list(channels),
            chosen,
            format_func=name_of,
            key=key("channels"),
            placeholder=wording.ALL_CHANNELS,
        )
        st.toggle(wording.RULE_ON, rule.enabled, key=key("enabled"))
        _end(partial(_save_rule, home, item), RULE_KEY)


def _name_of(channels: Mapping[int, str], channel_id: int) -> str:
    return visible(channels[channel_id], 80)


def _ask_failed(rule: Rule, key: Keys) -> None:
    st.checkbox(wording.CANCELLED, rule.with_cancelled, key=key("with_cancelled"), help=wording.CANCELLED_HELP)


def _ask_rejects(rule: Rule, key: Keys) -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    left.number_input(
        wording.MOST_REJECTS, value=rule.most_rejects, step=1, key=key("most_rejects"), help=wording.MOST_REJECTS_HELP
    )
    share = None if rule.most_share is None else rule.most_share * 100
    right.number_input(
        wording.MOST_SHARE, value=share, step=1.0, format="%.6g", key=key("most_share"), help=wording.MOST_SHARE_HELP
    )
    _problem("most_rejects", "most_share")


def _ask_range(rule: Rule, key: Keys) -> None:
    left, right = st.columns(2)
    left.text_input(wording.MEASURE, rule.measure, key=key("measure"), help=wording.MEASURE_HELP)
    totals = list(RuleTotal)
    right.selectbox(
        wording.TOTAL, totals, totals.index(rule.total), format_func=wording.TOTALS.__getitem__, key=key("total")
    )
    left, right = st.columns(2)
    left.number_input(wording.LOW, value=rule.low, step=1.0, format="%.12g", key=key("low"), help=wording.BOUND_HELP)
    right.number_input(
        wording.HIGH, value=rule.high, step=1.0, format="%.12g", key=key("high"), help=wording.BOUND_HELP
    )
    _problem("measure", "low", "high")


def _ask_scope(home: Path, rule: Rule, key: Keys) -> None:
    left, right = st.columns(2)
    left.text_input(wording.FILE, rule.file, key=key("file"), help=wording.FILE_HELP)
    names = list(dict.fromkeys(["", *presets.list_presets(home), rule.preset]))
    right.selectbox(wording.PRESET, names, names.index(rule.preset), format_func=_preset_name, key=key("preset"))
    _problem("file", "preset")


def _preset_name(name: str) -> str:
    return visible(name, 80) if name else wording.ANY_PRESET


def typed_rule(item: int) -> Rule:
    """The rule as the form's fields have it; fields that are not drawn keep their defaults."""

    def field(name: str, otherwise: Any) -> Any:
        return st.session_state.get(f"{RULE_KEY}-{item}-{name}", otherwise)

    share = field("most_share", None)
    return Rule(
        name=str(field("name", "")),
        kind=RuleKind(field("kind", RuleKind.FAILED)),
        enabled=bool(field("enabled", True)),
        with_cancelled=bool(field("with_cancelled", False)),
        most_rejects=field("most_rejects", None),
        most_share=None if share is None else share / 100,
        measure=str(field("measure", "")),
        total=RuleTotal(field("total", RuleTotal.ESTIMATE)),
        low=field("low", None),
        high=field("high", None),
        file=str(field("file", "")),
        preset=str(field("preset", "")),
        channels=tuple(field("channels", ())),
        id=item,
    )


def _save_rule(home: Path, item: int, user: User | None) -> str:
    rule = typed_rule(item)
    alerts.save_rule(home, rule, user)
    return wording.RULE_SAVED.format(name=rule.name.strip())


# Channels ------------------------------------------------------------------------------------------------------------


def show_channel_form(home: Path) -> None:
    """The form of the channel that is being changed, when one is."""
    item = st.session_state.get(CHANNEL_KEY)
    if item is None:
        return
    key = _keys(CHANNEL_KEY, item)
    channel = next((each for each in alerts.list_channels(home) if each.id == item), None)
    with st.container(border=True):
        markup.section(wording.CHANGE_CHANNEL.format(name=channel.name) if channel else wording.NEW_CHANNEL)
        st.text_input(wording.NAME, channel.name if channel else "", key=key("name"), help=wording.CHANNEL_NAME_HELP)
        _problem("name")
        kind = channel.kind if channel else _pick_kind(key)
        if kind == "webhook":
            _ask_webhook(channel, key)
        else:
            _ask_mail(channel, key)
        st.toggle(wording.CHANNEL_ON, channel.enabled if channel else True, key=key("enabled"))
        _end(partial(_save_channel, home, item, kind), CHANNEL_KEY)


def _pick_kind(key: Keys) -> str:
    picked = st.segmented_control(
        wording.CHANNEL_KIND,
        list(wording.CHANNEL_KINDS),
        default="webhook",
        required=True,
        format_func=wording.CHANNEL_KINDS.__getitem__,
        key=key("kind"),
    )
    return picked or "webhook"


def _ask_secret(label: str, words: str | None, field: str, channel: Channel | None, key: Keys, *, hide: bool) -> None:
    """A field that begins empty: what is set stays when nothing is typed, and goes when its box is ticked."""
    kept = channel is not None and field in channel.kept
    st.text_input(
        label,
        type="password" if hide else "default",
        key=key(field),
        help=words,
        placeholder=wording.IS_SET if kept else "",
        autocomplete="new-password" if hide else "off",
    )
    if kept and field not in ("url",):
        st.checkbox(wording.REMOVE.format(name=label.lower()), key=key(f"{field}-remove"))
    _problem(field)


def _ask_webhook(channel: Channel | None, key: Keys) -> None:
    given = channel.settings if channel and isinstance(channel.settings, Webhook) else Webhook()
    _ask_secret(wording.URL, wording.URL_HELP, "url", channel, key, hide=False)
    left, right = st.columns(2)
    with left:
        _ask_secret(wording.TOKEN, wording.TOKEN_HELP, "token", channel, key, hide=True)
    with right:
        st.text_input(wording.HEADER, given.header, key=key("header"), help=wording.HEADER_HELP)
        _problem("header")
    _ask_secret(wording.SIGNING, wording.SIGNING_HELP, "secret", channel, key, hide=True)


def _ask_mail(channel: Channel | None, key: Keys) -> None:
    given = channel.settings if channel and isinstance(channel.settings, Mail) else Mail()
    left, middle, right = st.columns([3, 2, 2])
    left.text_input(wording.HOST, given.host, key=key("host"))
    middle.number_input(wording.PORT, value=given.port, step=1, key=key("port"), help=wording.PORT_HELP)
    ways = list(Security)
    right.selectbox(
        wording.SECURITY,
        ways,
        ways.index(given.security),
        format_func=wording.SECURITIES.__getitem__,
        key=key("security"),
    )
    _problem("host", "port", "security")
    left, right = st.columns(2)
    left.text_input(wording.USER, given.user, key=key("user"), help=wording.USER_HELP, autocomplete="off")
    with right:
        _ask_secret(wording.PASSWORD, None, "password", channel, key, hide=True)
    left, right = st.columns(2)
    left.text_input(wording.SENDER, given.sender, key=key("sender"))
    right.text_area(
        wording.RECIPIENTS, "\n".join(given.recipients), key=key("recipients"), help=wording.RECIPIENTS_HELP, height=96
    )
    _problem("sender", "recipients")


def typed_channel(item: int, kind: str) -> Webhook | Mail:
    """The channel's settings as the form's fields have them."""

    def field(name: str) -> str:
        return str(st.session_state.get(f"{CHANNEL_KEY}-{item}-{name}") or "")

    if kind == "webhook":
        return Webhook(field("url"), field("header"), field("token"), field("secret"))
    return Mail(
        host=field("host"),
        port=int(field("port") or 0),
        security=Security(field("security") or Security.STARTTLS),
        user=field("user").strip(),
        password=field("password"),
        sender=field("sender").strip(),
        recipients=tuple(line.strip() for line in field("recipients").splitlines() if line.strip()),
    )


def _save_channel(home: Path, item: int, kind: str, user: User | None) -> str:
    prefix = f"{CHANNEL_KEY}-{item}-"
    state: Mapping[Any, Any] = st.session_state
    names = ("token", "secret", "password")
    name = str(state.get(f"{prefix}name") or "")
    alerts.save_channel(
        home,
        user,
        name=name,
        settings=typed_channel(item, kind),
        enabled=bool(state.get(f"{prefix}enabled", True)),
        channel_id=item or None,
        forget=frozenset(each for each in names if state.get(f"{prefix}{each}-remove")),
    )
    return wording.CHANNEL_SAVED.format(name=name.strip())
