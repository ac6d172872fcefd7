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
