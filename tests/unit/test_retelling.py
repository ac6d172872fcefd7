"""Sentences that were kept in English are said again in the language of who reads them."""

from __future__ import annotations

from types import ModuleType

import pytest

from etl_batch import language, retelling, sentences
from etl_batch.language import speaking
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import SEPARATOR, counted, quantity
from etl_batch.retelling import retold

WORDS = {
    "etl_batch.sentences.inputs": {"EMPTY": "{path} está vazio.", "TRIED_PARQUET": "Parquet: sem PAR1 no começo"},
    "etl_batch.sentences.runs": {
        "CANCELLED": "A execução foi cancelada.",
        "TOO_MANY_REJECTS": "Mais que {limit}. {why} {helping} Leia {rejects}.",
    },
    "etl_batch.reporting.wording": {
        "NOUNS": wording.NOUNS | {"record": ("registro", "registros")},
        "DECIMAL_SIGN": ",",
        "THOUSANDS_SIGN": ".",
    },
}


@pytest.fixture
def xx(monkeypatch: pytest.MonkeyPatch):
    """A language of a few words."""
    made = {}
    for table, words in WORDS.items():
        made[table] = ModuleType(f"{table}_xx")
        vars(made[table]).update(words)
    monkeypatch.setattr(language, "translation", lambda table, spoken: made.get(table) if spoken == "xx" else None)
    retelling._again.cache_clear()
    with speaking("xx"):
        yield
    retelling._again.cache_clear()


@pytest.mark.parametrize("form", retelling._forms(), ids=lambda form: f"{form.table.split('.')[-1]}:{form.path}")
def test_every_sentence_is_known_again(form) -> None:
    """Nothing that is kept is taken for another sentence, and its parts are found."""
    parts = {field: f"<{place}>" for place, field in enumerate(form.fields)}
    said = "".join(
        literal + (parts[form.fields[place]] if place < len(form.fields) else "")
        for place, literal in enumerate(form.literals)
    )
    known = next(each for each in retelling._forms() if each.parts(said) is not None)
    assert known.literals == form.literals
    expected = dict(parts)
    for literal, first, second in zip(form.literals[1:-1], form.fields, form.fields[1:], strict=False):
        if literal == " ":  # the two cannot be told apart
            expected |= {first: "", second: f"{expected[first]} {expected[second]}"}
    assert [*(known.parts(said) or {}).values()] == [*expected.values()]


def test_parts_that_only_a_blank_keeps_apart(xx: None) -> None:
    """They are said again together, and stand where both stood."""
    with speaking("en"):
        words = {"limit": 3, "why": sentences.runs.CANCELLED, "helping": "Quite another.", "rejects": "/r.jsonl"}
        told = sentences.runs.TOO_MANY_REJECTS.format(**words)
    assert retold(told) == "Mais que 3. A execução foi cancelada. Quite another. Leia /r.jsonl."


def test_what_is_read_in_english_stays() -> None:
    """Not even looked at."""
    said = sentences.inputs.EMPTY.format(path="/data/a.csv")
    assert retold(said) is said


def test_a_sentence_and_its_parts(xx: None) -> None:
    """Parts are said again in their turn: a sentence in a sentence, a number of things, a number."""
    with speaking("en"):
        empty = sentences.inputs.EMPTY
        many = empty.format(path=f"{counted(12_345, 'record')}")
        small = empty.format(path=quantity(1_234.5))
        inner = empty.format(path=sentences.inputs.TRIED_PARQUET)
    assert retold(empty.format(path="/data/a b.csv")) == "/data/a b.csv está vazio."
    assert retold(many) == "12.345 registros está vazio."
    assert retold(small) == "1.234,50 está vazio."
    assert retold(inner) == "Parquet: sem PAR1 no começo está vazio."


def test_sentences_in_a_row(xx: None) -> None:
    """Each by itself; what nobody knows stays between them."""
    with speaking("en"):
        first, last = sentences.inputs.EMPTY.format(path="a.csv"), sentences.runs.CANCELLED
    assert retold(f"{first} {last}") == "a.csv está vazio. A execução foi cancelada."
    assert retold(f"{first} Quite another. {last}") == "a.csv está vazio. Quite another. A execução foi cancelada."
    assert retold(f"Something. {last}") == "Something. A execução foi cancelada."


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "records", "3 recordings", "no", "data/a.csv", f"12{SEPARATOR}34", "1.5", "\x00. \u202e. {path}"),
        *("Nothing that is known. Nor this.", "{path} is {reason}", "a. " * 900, "x" * 100_000),
    ],
)
def test_what_is_no_sentence_of_ours_stays(xx: None, text: str) -> None:
    """Data is never changed: what nobody knows comes back as it went in."""
    assert retold(text) == text


def test_a_translation_that_lacks_a_sentence_leaves_it(xx: None) -> None:
    """English is better than nothing."""
    with speaking("en"):
        said = sentences.runs.TIMED_OUT
    assert retold(said) == said
