"""Which declarations would make numbers and dates of columns that are text in the planning sample."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.columns import conventions, text_forms
from etl_batch.columns.conventions import Conventions
from etl_batch.columns.schema import OutputColumn
from etl_batch.formats.source import AnySource
from etl_batch.reading_options import Declared, ReadingOptions, Suggestion
from etl_batch.settings import setting
from etl_batch.spelling import few
from etl_batch.stages.plan import conventions_of

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

_LOOKED_AT = 500
"""Cells of a column that are looked at: one that looks like numbers does so from the start."""
_MOST_COLUMNS = 50
_OF_VALUES = r"^[-+]?[0-9][0-9.,'\x{2019}_ \x{00a0}\x{202f}/:TZ-]*$"
_NULL_WORDS = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "none", "nan", "NaN", "-", "--", "?", r"\N", "k.A.")
_ONE_SIGN: tuple[Declared, ...] = ({"decimal": ","}, *({"thousands": sign} for sign in (",", " ", "'", "_")))
_TWO_SIGNS: tuple[Declared, ...] = tuple({"decimal": ",", "thousands": sign} for sign in (".", " "))
_ORDERS: tuple[Declared, ...] = tuple({"date_order": order} for order in ("dmy", "mdy", "ymd"))


def suggestion_note(suggestion: Suggestion) -> str:
    """For somebody with a command line."""
    options = sentences.inputs.EITHER.join(map(_as_options, suggestion.ways))
    return sentences.inputs.WOULD_BE_TYPED.format(names=few([repr(name) for name in suggestion.names]), options=options)


def suggestions(columns: Sequence[OutputColumn], sample: Mapping[str, Sequence[pa.Array]]) -> list[Suggestion]:
    """One for each way of writing that some columns seem to have and nobody has declared."""
    found: list[tuple[tuple[Declared, ...], list[str]]] = []
    texts = (column for column in columns if not column.forms and column.typed is None)
    likely = ((column, cells) for column in texts if (cells := _values(sample[column.name])) is not None)
    for column, cells in islice(likely, _MOST_COLUMNS):
        for ways in islice(_helping(cells, column.written), 1):
            names = next((names for others, names in found if others == ways), None)
            if names is None:
                found.append((ways, names := []))
            names.append(column.name)
    return [Suggestion(tuple(names), ways) for ways, names in found]


def said_of_values(config: RunConfig, sources: Sequence[AnySource]) -> list[str]:
    """What somebody who reads the outputs should know of the settings, and of own outputs that are read again."""
    said = [sentences.inputs.NOT_ESCAPED] if config.no_escape and config.output_csv is not None else []
    if config.normalise and not conventions_of(config).declared:
        said.append(sentences.inputs.NOTHING_TO_NORMALISE)
    own = (source for source in sources if any(column.guarded for column in source.columns))
    return said + [sentences.inputs.OWN_OUTPUT.format(path=source.path) for source in own]


def _values(arrays: Sequence[pa.Array]) -> pa.StringArray | None:
    """Some cells of a column when the first of them begin like numbers or dates, or are a usual word for nothing."""
    some = next((array[:_LOOKED_AT] for array in arrays if len(array) and pa.types.is_string(array.type)), None)
    if some is None:
        return None
    first = some[:8].to_pylist()
    if not any(cell and cell[cell[0] in "+-" :][:1].isdigit() for cell in first):
        return None
    alike = pc.or_(pc.match_substring_regex(some, _OF_VALUES), pc.is_in(some, pa.array(["", *_NULL_WORDS])))
    return some if pc.all(alike).as_py() else None


def _helping(cells: pa.StringArray, written: Conventions) -> Iterator[tuple[Declared, ...]]:
    """Declarations under which all of these cells have a type, the plainest first."""
    words = [word for word in pc.unique(cells).to_pylist() if word in _NULL_WORDS and word not in written.null_words]
    if len(words) > 1:
        return
    nulls: Declared = {"null_words": tuple(words)} if words else {}
    if nulls and _have_a_type(cells, nulls):
        yield (nulls,)
    for table in (_ONE_SIGN, _TWO_SIGNS, _ORDERS):
        known = written.date_order if table is _ORDERS else written.numbers
        fitting = tuple({**way, **nulls} for way in table if not known and _have_a_type(cells, {**way, **nulls}))
        if fitting:
            yield fitting


def _have_a_type(cells: pa.StringArray, way: Declared) -> bool:
    return bool(text_forms.pick(conventions.forms(cells, Conventions.of(ReadingOptions.of(way)))))


def _as_options(way: Declared) -> str:
    return " ".join(f"{setting(name).flag} {_quoted(''.join(value))}" for name, value in way.items())


def _quoted(word: str) -> str:
    return f'"{word}"' if "'" in word else shlex.quote(word)
