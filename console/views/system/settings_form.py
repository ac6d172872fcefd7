"""The settings as a form: a part for each section, every field from the table of settings, what is wrong beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from console import settings, settings_wording
from console.settings import ConsoleSetting, SettingsPart, ValueKind
from console.users import User
from console.views.shared.acting import attempt, say
from console.views.shared.proving import ask_proof
from console.views.system import wording
from etl_batch.errors import UsageError
from etl_batch.reporting.formatting import counted
from etl_batch.ui.shared import markup

PROBLEMS_KEY, SAVED_KEY = "settings-problems", "settings-saved"


def show_settings(home: Path, user: User) -> None:
    """Draw every section's form for a super_admin; saving asks again who is there."""
    assert user.name
    markup.section(wording.SETTINGS, wording.SETTINGS_LEAD)
    ask_proof(home)
    values = settings.get_all(home)
    left, right = st.columns(2, gap="large")
    for number, (section, members) in enumerate(settings.sections().items()):
        with (left, right)[number % 2], st.form(f"settings-{section.name}"):
            name = settings_wording.SECTIONS[section]
            st.text(name)
            for setting in members:
                _field(setting, values[setting.key])
            st.form_submit_button(
                wording.SAVE.format(section=name.lower()),
                key=f"settings-save-{section.name}",
                on_click=_save,
                args=(home, section),
            )
            if st.session_state.get(SAVED_KEY) == section:
                # The answer stands where the button was pressed.
                say()


def widget_key(setting: ConsoleSetting) -> str:
    """The key of a setting's field."""
    return f"setting-{setting.key}"


def _field(setting: ConsoleSetting, value: Any) -> None:
    facts = "; ".join(filter(None, (setting.unit, f"0: {setting.nought}" if setting.nought else "")))
    label = f"{setting.label} ({facts})" if facts else setting.label
    ask: dict[ValueKind, Callable[[ConsoleSetting, str, Any], None]] = {
        ValueKind.NUMBER: _ask_number,
        ValueKind.AMOUNT: _ask_number,
        ValueKind.ADDRESS: _ask_text,
        ValueKind.HIDDEN: _ask_hidden,
        ValueKind.SWITCH: _ask_switch,
        ValueKind.FOLDERS: _ask_folders,
    }
    ask[setting.kind](setting, label, value)
    problem = st.session_state.get(PROBLEMS_KEY, {}).get(setting.key)
    if problem:
        markup.notice(problem, tone="bad")


def _ask_number(setting: ConsoleSetting, label: str, value: float) -> None:
    if setting.scale == 1 and setting.kind is ValueKind.NUMBER:
        st.number_input(label, value=int(value), step=1, key=widget_key(setting), help=setting.help)
        return
    shown = float(value) / setting.scale
    st.number_input(label, value=shown, step=1.0, format="%.12g", key=widget_key(setting), help=setting.help)


def _ask_text(setting: ConsoleSetting, label: str, value: str) -> None:
    st.text_input(label, value, key=widget_key(setting), help=setting.help)


def _ask_hidden(setting: ConsoleSetting, label: str, value: str) -> None:
    st.text_input(
        label,
        type="password",
        key=widget_key(setting),
        help=setting.help,
        placeholder=wording.IS_SET if value else wording.NOT_SET,
        autocomplete="new-password",
    )
    if value:
        st.checkbox(wording.REMOVE.format(name=label[0].lower() + label[1:]), key=f"{widget_key(setting)}-remove")


def _ask_switch(setting: ConsoleSetting, label: str, value: bool) -> None:
    st.checkbox(label, value, key=widget_key(setting), help=setting.help)


def _ask_folders(setting: ConsoleSetting, label: str, value: list[str]) -> None:
    st.text_area(label, "\n".join(value), key=widget_key(setting), help=setting.help, height=96)


def typed(setting: ConsoleSetting) -> Any:
    """What a field holds, as the setting keeps it; None for a secret that was left alone. Raises `UsageError`."""
    given = st.session_state.get(widget_key(setting))
    if setting.kind is ValueKind.HIDDEN:
        removed = st.session_state.get(f"{widget_key(setting)}-remove", False)
        return given or ("" if removed else None)
    if setting.kind is ValueKind.FOLDERS:
        return str(given or "").splitlines()
    if setting.kind is ValueKind.ADDRESS:
        return str(given or "")
    if setting.kind is ValueKind.SWITCH:
        return bool(given)
    if given is None:
        raise UsageError(wording.NO_NUMBER, field=setting.key)
    if setting.kind is ValueKind.NUMBER:
        return round(given * setting.scale)
    return float(given)


def _save(home: Path, section: SettingsPart) -> None:
    """The button's callback: all of the section or nothing; what is wrong is kept for the fields."""
    values, problems = {}, {}
    for setting in settings.sections()[section]:
        try:
            value = typed(setting)
            if value is not None:
                values[setting.key] = settings.check(setting, value, home)
        except UsageError as error:
            problems[setting.key] = error.message
    st.session_state[PROBLEMS_KEY], st.session_state[SAVED_KEY] = problems, section
    done = attempt(partial(_change, home, values, bool(problems)))
    if done:
        for setting in settings.sections()[section]:
            if setting.kind is ValueKind.HIDDEN:
                # A secret does not stay in the page, not even as dots.
                st.session_state[widget_key(setting)] = ""
                st.session_state[f"{widget_key(setting)}-remove"] = False


def _change(home: Path, values: dict[str, Any], wrong: bool, user: User | None) -> str:
    if wrong:
        raise UsageError(wording.WRONG)
    changed = settings.change(home, values, user)
    if not changed:
        return wording.UNCHANGED
    names = ", ".join(settings.BY_KEY[key].label for key in changed)
    return wording.SAVED.format(number=counted(len(changed), "setting"), names=names)
