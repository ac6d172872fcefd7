"""Launch view, the presets: the list an operator launches from, and what a super_admin does with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import streamlit as st

from etl_batch.config import RunConfig
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import EtlError
from etl_batch.model import Allocation
from etl_batch.reporting.formatting import coarse_duration, counted, file_size, plain_percent, quantity, visible
from etl_batch.settings import Setter, Setting, SettingKind, rows, setting
from etl_batch.stores.url import is_url
from etl_batch.ui.launch import draft, wording
from etl_batch.ui.launch.form import as_shown, shown_path
from etl_batch.ui.shared import chosen, markup
from etl_batch.ui.shared.doors import Doors, PresetDoors, Screen

_SAID_KEY, _PAGE_KEY = "launch-preset-said", "launch-preset-page"
PER_PAGE = 10
_SAMPLE = ("sample_frac", "allocation", "target_error", "target_per", "stratum", "measures")
_IN_SENTENCES = {
    "inputs", "output_csv", "output_parquet", "report", "workers", "max_rejects", "max_size_gb", "timeout", "layout",
    *_SAMPLE,
}  # fmt: skip
"""Settings whose words are more than name and value; any other one that differs from its default is named as it is."""


def describe(config: RunConfig) -> list[tuple[str, str]]:
    """What a preset does, in words."""
    home = config.home
    outputs = [shown_path(home, path) for path in (config.output_csv, config.output_parquet, config.report) if path]
    rows = [
        (wording.INPUT, ", ".join(shown_path(home, each) for each in config.inputs)),
        (wording.OUTPUT, ", ".join(outputs)),
        (wording.LIMITS, _limits(config)),
        (wording.SAMPLE, _sample(config)),
        (wording.READING, config.layout if config.layout != AUTO_LAYOUT else ""),
        (wording.OTHER, _other(config)),
    ]
    return [(name, visible(words, 300)) for name, words in rows if words]


def _sample(config: RunConfig) -> str:
    """The sample in words; empty when it is the usual one."""
    if all(getattr(config, name) == setting(name).default for name in _SAMPLE):
        return ""
    sample = wording.SAMPLE_SHARE.format(share=plain_percent(config.sample_frac))
    if config.target_error is not None:
        sample = wording.SAMPLE_TARGET.format(share=plain_percent(config.target_error), per=config.target_per)
    sample += wording.BY_RULE.format(rule=config.allocation) if config.allocation is not Allocation.SQRT else ""
    sample += wording.BY_STRATUM.format(column=config.stratum) if config.stratum else ""
    return sample + (wording.TOTALS_OF.format(names=", ".join(config.measures)) if config.measures else "")


def _other(config: RunConfig) -> str:
    told = [row for row in rows() if row.name not in _IN_SENTENCES and row.setter is not Setter.DOOR]
    values = [(row, getattr(config, row.name)) for row in told]
    return ", ".join(_named(config.home, row, value) for row, value in values if value != row.start())


def _named(home: Path, row: Setting, value: object) -> str:
    """Title and value of a setting as the form shows them; of a switch the title says it all."""
    if row.kind is SettingKind.SWITCH:
        return row.title
    held = as_shown(home, row, value)
    words = quantity(held) if isinstance(held, int | float) else ", ".join(str(held).splitlines())
    return " ".join(filter(None, (row.title, words, row.unit)))


def _limits(config: RunConfig) -> str:
    parts = [counted(config.workers, "worker")]
    parts.append(_rejects(config.max_rejects))
    if config.max_size_gb is not None:
        parts.append(wording.INPUTS_UP_TO.format(size=file_size(config.max_size_gb * 1e9)))
    parts.append(wording.STOPS_AFTER.format(time=coarse_duration(config.timeout)))
    return ", ".join(parts)


def _rejects(limit: int | str | None) -> str:
    if isinstance(limit, str):
        return wording.SHARE_REJECTED.format(share=limit)
    return wording.HALF_REJECTED if limit is None else wording.AT_MOST.format(rejects=counted(limit, "reject"))


def missing(config: RunConfig) -> str | None:
    """The first input that is named outright and is not there."""
    named = [Path(each) for each in config.inputs if not is_url(each) and not any(sign in each for sign in "*?[")]
    return next((shown_path(config.home, path) for path in named if not path.exists()), None)


def show_preset_list(doors: Doors, presets: PresetDoors) -> None:
    """What an operator sees: each preset in words, and a button that launches it."""
    markup.section(wording.LIST, wording.LIST_LEAD)
    try:
        every = presets.every()
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    if not every:
        markup.notice(wording.NONE_YET)
        return
    pages = -(-len(every) // PER_PAGE)
    page = st.number_input(wording.PRESETS_PAGE, 1, pages, 1, key=_PAGE_KEY, width=140) if pages > 1 else 1
    for name in list(every)[(page - 1) * PER_PAGE : page * PER_PAGE]:
        with st.container(border=True):
            gone = missing(every[name])
            markup.show("preset.html", name=name, pairs=describe(every[name]))
            if gone is not None:
                markup.notice(wording.MISSING.format(path=gone), tone="warn")
            label = wording.LAUNCH_ONE.format(name=markup.plain(name, 64))
            clicked = st.button(label, key=f"preset-{name}", type="primary", disabled=gone is not None)
            if clicked:
                _launch(doors, presets, name)


def _launch(doors: Doors, presets: PresetDoors, name: str) -> None:
    try:
        run_id = presets.launch(name)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    doors.go(Screen.LIVE, {"run": run_id})


def every_preset(presets: PresetDoors | None) -> Mapping[str, RunConfig]:
    """All presets, none where there are none to be had; what is wrong is said."""
    if presets is None:
        return {}
    try:
        return presets.every()
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return {}


def choose_preset(every: Mapping[str, RunConfig]) -> str | None:
    """The preset to begin with; draws nothing while there is none."""
    if not every:
        return None
    key, begins = chosen.begin(draft.PRESET, chosen.NONE)
    names = [chosen.NONE, *every]
    name = st.selectbox(
        wording.PRESET,
        names,
        index=names.index(begins) if begins in every else 0,
        format_func=lambda name: wording.FRESH if name == chosen.NONE else visible(name, 64),
        key=key,
        on_change=draft.begin_with_preset,
        args=(key,),
        help=wording.PRESET_HELP,
    )
    return name if name in every else None


def show_presets(
    presets: PresetDoors, every: Mapping[str, RunConfig], preset: str | None, config: RunConfig | None
) -> None:
    """Save the settings on the screen under a name, or delete a preset. Draws nothing for those who may not."""
    save, delete = presets.save, presets.delete
    if save is None or delete is None:
        return
    said = st.session_state.pop(_SAID_KEY, None)
    with st.expander(wording.MANAGE, expanded=said is not None, icon=":material/bookmark:"):
        markup.show("folder.html", where=wording.MANAGE_LEAD)
        if said is not None:
            markup.notice(said, tone="good")
        name = st.text_input(
            wording.NAME, preset or "", max_chars=64, key=f"launch-preset-name-{preset}", help=wording.NAME_HELP
        ).strip()
        exists = name.casefold() in {each.casefold() for each in every}
        if exists:
            st.caption(wording.REPLACES)
        label = wording.UPDATE if exists else wording.SAVE
        if config is None:
            st.caption(wording.NOT_SAVED)
        if st.button(label, key="launch-preset-save", disabled=config is None or not name) and config is not None:
            _change(partial(save, name, config), wording.SAVED.format(name=name))
        if every:
            _show_delete(delete, every)


def _show_delete(delete: Callable[[str], None], every: Mapping[str, RunConfig]) -> None:
    going = st.selectbox(
        wording.CHOOSE,
        list(every),
        index=None,
        format_func=lambda name: visible(name, 64),
        key="launch-preset-going",
        help=wording.CHOOSE_HELP,
        placeholder=wording.NO_PRESET,
    )
    sure = st.checkbox(wording.CONFIRM, key=f"launch-preset-sure-{going}", disabled=going is None)
    if st.button(wording.DELETE, key="launch-preset-delete", disabled=not sure) and going is not None and sure:
        _change(partial(delete, going), wording.DELETED.format(name=going))


def _change(action: Callable[[], None], said: str) -> None:
    try:
        action()
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    st.session_state[_SAID_KEY] = said
    st.rerun()
