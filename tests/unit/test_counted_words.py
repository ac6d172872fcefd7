"""A noun behind a number has the form that goes with it, `1 worker`, `2 workers`, by `counted`, never on the spot."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.reporting import wording as report_words

TABLES = sorted(
    path for root in ("etl_batch", "console") for path in (PROJECT_ROOT / root).rglob("wording.py") if path.is_file()
)
MANY = {many.split()[-1] for _one, many in report_words.NOUNS.values()}
NEVER_ONE = {
    "every": "of one measure or interval another sentence is said",
    "STRATA_PARTS": "parts of one stratum there are none",
    "MORE": "the first hundreds, a limit",
    "PLAIN_HELP": "a limit",
    "START_HELP": "a limit",
    "COLUMNS_CUT": "a limit",
    "RECORD_CUT": "a limit",
    "TOO_MANY": "a limit",
    "BOUNDED": "a limit",
    "storedAll": "of one file another sentence is said",
    "COVERAGE_LEAD": "per cent, of the confidence",
}
"""Sentences whose number is never one, and why."""


def sentences_of(name: str, words: object) -> list[tuple[str, str]]:
    """Every text of a constant with its name, or the key that it has in it."""
    if isinstance(words, str):
        return [(name, words)]
    if isinstance(words, dict):
        return [pair for key, value in words.items() for pair in sentences_of(str(key), value)]
    if isinstance(words, tuple | list):
        return [pair for value in words for pair in sentences_of(name, value)]
    return []


def uncounted(name: str, words: object) -> list[str]:
    """Sentences with a number before a noun in its form for many."""
    return [
        f"{each}: {text}"
        for each, text in sentences_of(name, words)
        if each not in NEVER_ONE
        for noun in re.findall(r"\{\w+[^}]*\} (?:more )?(\w+)", text)
        if noun in MANY
    ]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.parent.relative_to(PROJECT_ROOT)))
def test_no_table_has_a_number_before_a_noun_of_many(path: Path) -> None:
    """`{number} workers` would say "1 workers" of one."""
    table = importlib.import_module(".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts))
    constants = {name: value for name, value in vars(table).items() if name.isupper() and name != "NOUNS"}
    assert [wrong for name, words in constants.items() for wrong in uncounted(name, words)] == []


def test_such_a_sentence_is_found() -> None:
    """As a constant, in a tuple and in a mapping; what `counted` has made is no number."""
    assert uncounted("A", "{number} workers") == ["A: {number} workers"]
    assert uncounted("B", {"x": ("of {rows:,} more rows.",)}) == ["x: of {rows:,} more rows."]
    assert uncounted("C", "{workers} at work") == []
