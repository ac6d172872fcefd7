"""Words are those of the language that is spoken when they are said."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from etl_batch import language
from etl_batch.language import speaking
from etl_batch.reporting import formatting

TABLE = 'from etl_batch.language import become_table\nHELLO, BYE = "Hello", "Goodbye"\nbecome_table(__name__)\n'


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A table of two words, of which one is translated."""
    (tmp_path / "told_words.py").write_text(TABLE)
    (tmp_path / "told_words_pt_br.py").write_text('HELLO = "Olá"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("told_words")
    language.translation.cache_clear()
    for name in ("told_words", "told_words_pt_br"):
        sys.modules.pop(name, None)


def test_english_is_spoken_where_nothing_is_said(words: ModuleType) -> None:
    """The table itself."""
    assert (words.HELLO, words.BYE) == ("Hello", "Goodbye")


def test_a_translation_is_one_file(words: ModuleType) -> None:
    """Its words while it is spoken, English for what it lacks, and English again afterwards."""
    with speaking("pt_br"):
        assert (words.HELLO, words.BYE) == ("Olá", "Goodbye")
    assert words.HELLO == "Hello"


def test_a_language_that_nobody_wrote_is_english(words: ModuleType) -> None:
    """No error for a browser's wish that cannot be met."""
    with speaking("tlh"):
        assert words.HELLO == "Hello"


def test_a_name_that_is_missing_is_missing_in_every_language(words: ModuleType) -> None:
    """A misspelt word is an error and not an empty sentence."""
    with speaking("pt_br"), pytest.raises(AttributeError):
        words.NOBODY  # noqa: B018 - asking is the test


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt_br"),
        ("en-GB,en;q=0.9,pt;q=0.8", "en"),
        ("de-DE,pt-PT;q=0.4,en;q=0.3", "pt_br"),
        ("de, fr;q=0.9", None),
        ("pt;q=0,en;q=0.1", "en"),
        ("en;q=0.5,pt;q=0.500", "en"),
        ("PT-br", "pt_br"),
        ("*", None),
        ("", None),
        (",,;;,pt;q=2,;q=,en;q=x", None),
        ("pt;q=0.1234,en;q=0.1", "en"),
        ("x" * 100_000 + ",pt", None),
        (("a;q=0.9," * 200) + "pt", None),
    ],
)
def test_what_a_browser_wants_most(header: str, wanted: str | None) -> None:
    """By weight, then by place; 0 is not wanted at all, what is not a weight is passed over, and so is no end of it."""
    assert language.wished(header) == wanted


@pytest.mark.parametrize(
    ("tag", "found"),
    [("pt_BR.UTF-8", "pt_br"), ("pt-PT", "pt_br"), ("en_US", "en"), ("C.UTF-8", None), ("ptx", None), ("", None)],
)
def test_a_tag_names_a_language_that_is_here(tag: str, found: str | None) -> None:
    """By what stands before the country: there is one Portuguese."""
    assert language.named(tag) == found


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "pt_BR.UTF-8"}, "pt_br"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "pt_BR"}, "pt_br"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "pt_BR"}, "pt_br"),
        ({"LC_CTYPE": "pt_BR.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_what_a_shell_speaks(environment: dict[str, str], expected: str) -> None:
    """The order of POSIX; what is empty says nothing."""
    assert language.of_environment(environment) == expected


def test_numbers_have_the_signs_of_the_language() -> None:
    """A decimal comma, and what stands between thousands; a text that is put in stays as it is."""
    sentence = language.Sentence("{n:,} de {all:,.1f} em {name}, {share:.0%}")
    assert sentence.format(n=1234567, all=9876.5, name="1,234.5", share=0.5) == "1.234.567 de 9.876,5 em 1,234.5, 50%"


def test_formatting_follows_the_language() -> None:
    """Quantities, sizes, shares, times and moments of pages and reports."""

    def written() -> list[str]:
        found = [
            formatting.quantity(-1234567.25),
            formatting.file_size(1_550_000),
            formatting.percent(0.1234),
            formatting.duration(1.83),
            formatting.moment("2026-03-05T14:07:09Z"),
            formatting.counted(1234, "input"),
        ]
        return [each.replace("\N{NARROW NO-BREAK SPACE}", "_").replace("\N{MINUS SIGN}", "-") for each in found]

    english = written()
    with speaking("pt_br"):
        portuguese = written()
    assert english == ["-1_234_567.25", "1.55_MB", "12.3_%", "1.83_s", "2026-03-05 14:07:09 UTC", "1_234 inputs"]
    assert portuguese == ["-1.234.567,25", "1,55_MB", "12,3_%", "1,83_s", "05/03/2026 14:07:09 UTC", "1.234 entradas"]
