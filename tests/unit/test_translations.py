"""Every table in every language: no sentence is missing, none is left over, and all have the parts of the first."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from string import Formatter

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.language import ENGLISH, LANGUAGES, become_table, speaking
from etl_batch.settings import SETTINGS, rows

OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
TABLES = sorted(
    ".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts)
    for root in ("etl_batch", "console")
    for path in (PROJECT_ROOT / root).rglob("*.py")
    if f"{become_table.__name__}(__name__)" in path.read_text(encoding="utf-8") and path.stem != "language"
)
ALIKE = {
    "console.alerts.wording": {"SUBJECT"},
    "console.wording": {"NAME"},
    "console.views.alerts.wording": {"CHANNEL_KINDS", "SECURITIES"},
    "console.views.system.wording": {"CLUSTER", "CLUSTER_THREADS", "ENGINE", "PARTS", "PYTHON", "ROLES_EXAMPLE"},
    "etl_batch.ui.analytics.wording": {"SAMPLE_HOVER"},
    "etl_batch.ui.audit.wording": {"EXPORT_LINKS"},
    "etl_batch.ui.data.wording": {"KINDS"},
    "etl_batch.ui.launch.wording": {"USUAL_WORDS"},
    "etl_batch.ui.layouts.wording": {"BYTES_NUMBER"},
    "etl_batch.ui.rejects.wording": {"BYTES_NUMBER"},
    "etl_batch.ui.runs.wording": {"VERDICTS"},
    "etl_batch.ui.shared.wording": {"KINDS", "RUN_FILES", "SECONDS_HOVER", "STAGES"},
    "etl_batch.cli.wording": {"OUTPUT_LINE"},
    "etl_batch.reporting.wording": {"BYTES", "NOUNS", "PYTHON", "SINK_WORDS"},
    "etl_batch.sentences.imports": {"ENCODING"},
}
"""By table, what is the same in both languages: names, signs, formats."""


def leaves(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    """Every text of a constant, with where it stands."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, tuple | list):
        for place, each in enumerate(value):
            yield from leaves(each, (*path, place))
    elif not isinstance(value, Enum) and isinstance(value, str):
        yield path, value


def constants(table: str) -> dict[str, object]:
    """The words of a module."""
    with speaking(ENGLISH):
        module = importlib.import_module(table)
        return {name: getattr(module, name) for name in dir(module) if name.isupper()}


def parts(sentence: str) -> set[str]:
    """The names of a sentence's parts."""
    try:
        return {field.partition("!")[0] for _, field, _, _ in Formatter().parse(sentence) if field is not None}
    except ValueError:  # a brace that is none of a form
        return set()


def letters(sentence: str) -> int:
    """How many letters a sentence has of its own."""
    return sum(map(str.isalpha, re.sub(r"{[^}]*}", "", sentence)))


@pytest.mark.parametrize("spoken_language", OTHERS)
@pytest.mark.parametrize("table", TABLES)
def test_every_sentence_is_translated(table: str, spoken_language: str) -> None:
    """The same names, the same shapes, the same parts."""
    name = f"{table}_{spoken_language}"
    english, other = constants(table), constants(name)
    assert english.keys() ^ other.keys() == set()
    first = {(key, *path): text for key, value in english.items() for path, text in leaves(value)}
    second = {(key, *path): text for key, value in other.items() for path, text in leaves(value)}
    assert first.keys() ^ second.keys() == set()
    assert {key: second[key] for key, text in first.items() if parts(text) != parts(str(second[key]))} == {}
    same = {str(key[0]) for key, text in first.items() if text == second[key] and letters(str(text)) > 3}
    assert same - ALIKE.get(table, set()) == set()


@pytest.mark.parametrize("spoken_language", OTHERS)
def test_every_setting_is_translated(spoken_language: str) -> None:
    """Title, help and the phrases that several settings share; what is put in stays."""
    words = importlib.import_module(f"etl_batch.settings_{spoken_language}")
    assert words.WORDS.keys() == {row.name for row in SETTINGS}
    units = {row.unit for row in SETTINGS if row.unit}
    empty = {row.form.empty for row in SETTINGS}
    negations = {row.negation[1] for row in SETTINGS if row.negation}
    assert words.PHRASES.keys() >= empty | negations | {f"in {unit}" for unit in units}
    with speaking(spoken_language):
        for row, said in zip(SETTINGS, rows(), strict=True):
            assert parts(row.help) == parts(said.help)
            assert bool(row.form.help) == bool(said.form.help)
            assert row.help != said.help
            assert (row.name, row.kind, row.flags, row.choices) == (said.name, said.kind, said.flags, said.choices)
