"""Launch view, the settings: every option of a run as a field, with what is wrong with it beside it.

Which fields there are, with their words, bounds and places, stands in the table of settings; here stands how a value of
each kind is drawn.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from etl_batch.defaults import AUTO_LAYOUT, offered_cluster
from etl_batch.errors import EtlError
from etl_batch.files.parted import MANIFEST
from etl_batch.layouts import layout_names, load_layouts
from etl_batch.previews import Preview, PreviewColumn
from etl_batch.reporting.formatting import moment, visible
from etl_batch.settings import FormSection, FormSide, Setting, SettingKind, setting
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import FORM, MOST_WHOLE, LaunchValues, is_typed, real_path
from etl_batch.ui.shared import chosen, markup

KEPT_AS_BACKUP = ("output_csv", "output_parquet")
Places = dict[str, DeltaGenerator]


def field_name(name: str, tag: str) -> str:
    """The name of a setting's field among the page's widgets."""
    return f"launch-{name}-{tag}"


def show_fields(
    home: Path, values: LaunchValues, preview: Preview | None, tag: str, inputs_tag: str
) -> tuple[LaunchValues, Places]:
    """Draw the fields; what they hold now, and a place beside each for what is wrong with it.

    `tag` names where the values come from, `inputs_tag` the inputs: other values are other fields.
    """
    fields = _Fields(home, values, preview, tag, inputs_tag)
    markup.section(wording.SECTIONS[FormSection.SETTINGS])
    with st.container(border=True):
        held = fields.show(FormSection.SETTINGS)
    with st.expander(wording.SECTIONS[FormSection.TEXT], icon=":material/csv:"):
        held |= fields.show(FormSection.TEXT)
    with st.expander(wording.SECTIONS[FormSection.MORE], icon=":material/tune:"):
        held |= fields.show(FormSection.MORE)
    return values.having(**held), fields.places


def show_some(home: Path, values: LaunchValues, names: Sequence[str], tag: str) -> LaunchValues:
    """Draw a few of the fields in pairs, on a page of another kind, which keeps nothing of them; what they hold now."""
    chosen.keep_in(None)
    fields, held = _Fields(home, values, None, tag, ""), dict[str, FieldValue]()
    for first in range(0, len(names), 2):
        for name, column in zip(names[first : first + 2], st.columns(2), strict=False):
            if name == "layout":
                held[name] = layout_field(home, values, tag, column)
                continue
            with column:
                held[name] = fields.draw(setting(name))
    return values.having(**held)


def layout_field(home: Path, values: LaunchValues, tag: str, place: DeltaGenerator) -> str:
    """The layouts that there are, and the automatic choice; which one is chosen."""
    row, names = setting("layout"), layout_names(home)
    if values["struct_config"].strip():
        try:
            names = sorted(load_layouts(real_path(home, values["struct_config"])))
        except EtlError:
            names = []  # what is wrong with the file is said beside its field
    key, begins = chosen.begin(field_name(row.name, tag), values["layout"])
    names = list(dict.fromkeys([AUTO_LAYOUT, *names, begins]))
    layout: str = place.selectbox(
        row.label,
        names,
        index=names.index(begins),
        format_func=lambda name: wording.AUTOMATIC if name == AUTO_LAYOUT else name,
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
    )
    return layout


FieldValue: TypeAlias = "str | int | float | bool | tuple[str, ...] | None"


class _Fields:
    """The fields over one set of values."""

    def __init__(self, home: Path, values: LaunchValues, preview: Preview | None, tag: str, inputs_tag: str) -> None:
        self.home, self.values, self.preview = home, values, preview
        self.tag, self.inputs_tag = tag, inputs_tag
        self.places: Places = {}

    def show(self, section: FormSection) -> dict[str, FieldValue]:
        """Draw one section; what its fields hold. Narrow fields that follow one another share a pair of columns."""
        named = (setting(row.name) for row in FORM if row.form.section is section)
        here = sorted(named, key=lambda row: row.form.rank)
        held: dict[str, FieldValue] = {}
        for whole, rows in groupby(here, key=lambda row: row.form.side is FormSide.WHOLE):
            columns = {} if whole else dict(zip((FormSide.LEFT, FormSide.RIGHT), st.columns(2), strict=True))
            for row in rows:
                with columns.get(row.form.side, nullcontext()):
                    held[row.name] = self.draw(row)
                    self.places[row.name] = st.container()
                if row.name in KEPT_AS_BACKUP:
                    self._say_backup(row, str(held[row.name]))
        return held

    def draw(self, row: Setting) -> FieldValue:
        """One field, and what it holds."""
        name = field_name(row.name, self.tag + (self.inputs_tag if row.form.follows_inputs else ""))
        key, given = chosen.begin(name, self.values[row.name])
        match row.kind:
            case SettingKind.WHOLE if not is_typed(row):
                return _whole(row, given, key)
            case SettingKind.NUMBER | SettingKind.SHARE:
                return _decimal(row, given, key)
            case SettingKind.CHOICE if row.optional:
                return _optional_choice(row, given, key)
            case SettingKind.WORDS:
                return _words(row, given, key)
            case SettingKind.CHOICE:
                at = row.choices.index(given)
                word = st.selectbox(
                    row.label,
                    row.choices,
                    index=at,
                    key=key,
                    on_change=chosen.typed,
                    args=(key,),
                    help=row.form.help,
                )
                return word or row.choices[0]
            case SettingKind.SWITCH:
                return bool(
                    st.checkbox(row.label, given, key=key, on_change=chosen.typed, args=(key,), help=row.form.help)
                )
            case SettingKind.LIMIT:
                return _text(row, given, key)
            case SettingKind.WORD if row.name == "cluster":
                return _executor(row, given, key)
            case SettingKind.COLUMN:
                return self._column(row, given, key)
            case SettingKind.COLUMNS:
                return self._columns(row, given, key)
        return _text(row, given, key)

    def _column(self, row: Setting, given: str | None, key: str) -> str | None:
        """One of the preview's columns, or the automatic choice, which is named."""
        columns = [column.name for column in self._columns_there()]
        names = list(dict.fromkeys([chosen.NONE, given or chosen.NONE, *columns]))
        stratum = self.preview.stratum if self.preview else None
        automatic = wording.AUTOMATIC_CHOICE.format(name=stratum) if stratum else wording.AUTOMATIC
        column = st.selectbox(
            row.label,
            names,
            index=names.index(given or chosen.NONE),
            format_func=lambda name: visible(automatic if name == chosen.NONE else name, 60),
            key=key,
            on_change=chosen.typed,
            args=(key,),
            help=row.form.help,
        )
        return chosen.meant(column)

    def _columns(self, row: Setting, given: tuple[str, ...], key: str) -> tuple[str, ...]:
        """Some of the preview's columns of numbers."""
        numeric = [column.name for column in self._columns_there() if column.measurable]
        names = st.multiselect(
            row.label,
            list(dict.fromkeys([*given, *numeric])),
            default=list(given),
            format_func=lambda name: visible(name, 60),
            key=key,
            on_change=chosen.typed,
            args=(key,),
            help=row.form.help,
            placeholder=visible(", ".join(self.preview.measures if self.preview else ()) or wording.AUTOMATIC, 60),
        )
        return tuple(names)

    def _columns_there(self) -> tuple[PreviewColumn, ...]:
        return self.preview.columns if self.preview else ()

    def _say_backup(self, row: Setting, typed: str) -> None:
        target = real_path(self.home, typed)
        stands = os.path.isfile(target) or os.path.isfile(target / MANIFEST)  # noqa: PTH113 - typed, or too long a name
        if typed.strip() and stands:
            when = pd.Timestamp(target.stat().st_mtime, unit="s", tz="UTC").isoformat()
            self.places[row.name].caption(wording.BACKUP.format(when=moment(when)))


def _executor(row: Setting, given: str, key: str) -> str:
    """This machine, the cluster that the server offers, or the one of a run that is repeated; else there is no choice.

    Nobody types an address: a run believes its scheduler.
    """
    choices = dict.fromkeys((chosen.NONE, offered_cluster() or chosen.NONE, given or chosen.NONE))
    if len(choices) == 1:
        return given
    names = list(choices)
    picked = st.selectbox(
        row.label,
        names,
        index=names.index(given or chosen.NONE),
        format_func=lambda name: wording.THIS_MACHINE if name == chosen.NONE else name,
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
    )
    return chosen.meant(picked) or ""


def _text(row: Setting, given: str, key: str) -> str:
    """A text; an optional one says what it means to leave it empty."""
    typed = st.text_input(
        row.label,
        given,
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
        placeholder=row.form.empty if row.optional else None,
    )
    return str(typed)


def _optional_choice(row: Setting, given: str | None, key: str) -> str | None:
    """One of a few signs or words, or none of them."""
    options = [chosen.NONE, *row.choices]
    choice = st.selectbox(
        row.label,
        options,
        # A configuration of another version may have what is no choice any more.
        index=options.index(given) if given in row.choices else 0,
        format_func=lambda sign: sign_name(chosen.meant(sign)),
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
    )
    return chosen.meant(choice)


def sign_name(sign: str | None) -> str:
    """What a sign or an order is called; None is what is not declared."""
    return wording.NOT_SAID if sign is None else wording.SIGN_NAMES.get(sign, sign)


def _words(row: Setting, given: tuple[str, ...], key: str) -> tuple[str, ...]:
    """Words from the usual ones, and any others."""
    options = list(dict.fromkeys([*given, *wording.USUAL_WORDS.get(row.name, ())]))
    words = st.multiselect(
        row.label,
        options,
        default=list(given) or None,
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
        placeholder=wording.NO_WORDS,
        accept_new_options=True,
    )
    return tuple(words)


def _whole(row: Setting, given: int | None, key: str) -> int | None:
    """A whole number; an empty field is None, or what it began with where None is no value."""
    least, most = row.bounds.ge or 0, row.bounds.most or MOST_WHOLE
    typed = st.number_input(
        row.label,
        least,
        most,
        # A configuration of another version may lie outside today's bounds.
        None if given is None else min(max(int(given), least), most),
        step=int(row.form.step),
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
        placeholder=row.form.empty,
    )
    return given if typed is None and not row.optional else typed


def _decimal(row: Setting, given: float | None, key: str) -> float | None:
    """A number; an empty field is None, or 0 where None is no value, which the check then tells."""
    most = row.bounds.most
    typed = st.number_input(
        row.label,
        0.0,
        None if most is None else float(most * row.form.scale),
        None if given is None else float(given),
        step=float(row.form.step),
        format="%.6g",
        key=key,
        on_change=chosen.typed,
        args=(key,),
        help=row.form.help,
        placeholder=row.form.empty,
    )
    return 0.0 if typed is None and not row.optional else typed


def show_problems(problems: Mapping[str, str], places: Places) -> None:
    """Each problem beside its field; those of the input are told beside the input."""
    for name, problem in problems.items():
        if name != "inputs":
            with places.get(name, st.container()):
                markup.notice(problem, tone="bad")
