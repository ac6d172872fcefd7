"""Which declarations would make numbers and dates of columns that are text in the planning sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.columns import conventions, text_forms
from etl_batch.columns.conventions import Conventions
from etl_batch.columns.schema import OutputColumn
from etl_batch.formats.source import AnySource
from etl_batch.stages.plan import conventions_of

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

_LOOKED_AT = 500
"""Cells of a column that are looked at: one that looks like numbers does so from the start."""
_MOST_COLUMNS = 50
_NAMED = 3
_OF_VALUES = r"^[-+]?[0-9][0-9.,'\x{2019}_ \x{00a0}\x{202f}/:TZ-]*$"
_NULL_WORDS = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "none", "nan", "NaN", "-", "--", "?", r"\N", "k.A.")
_ONE_SIGN = {
    "--decimal ,": Conventions(","),
    "--thousands ,": Conventions(".", ","),
    "--thousands ' '": Conventions(".", " "),
    '--thousands "\'"': Conventions(".", "'"),
    "--thousands _": Conventions(".", "_"),
}
_TWO_SIGNS = {
    "--decimal , --thousands .": Conventions(",", "."),
    "--decimal , --thousands ' '": Conventions(",", " "),
}
_ORDERS = {f"--date-order {order}": Conventions(date_order=order) for order in ("dmy", "mdy", "ymd")}


def suggestions(columns: Sequence[OutputColumn], sample: Mapping[str, Sequence[pa.Array]]) -> list[str]:
    """A sentence for each way of writing that some columns seem to have and nobody has declared."""
    found: dict[str, list[str]] = {}
    texts = (column for column in columns if not column.forms and column.typed is None)
    likely = ((column, cells) for column in texts if (cells := _values(sample[column.name])) is not None)
    for column, cells in islice(likely, _MOST_COLUMNS):
        for options in islice(_helping(cells, column.written), 1):
            found.setdefault(options, []).append(column.name)
    return [_sentence(options, names) for options, names in found.items()]


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


def _helping(cells: pa.StringArray, declared: Conventions) -> Iterator[str]:
    """Options under which all of these cells have a type, the plainest first."""
    words = [word for word in pc.unique(cells).to_pylist() if word in _NULL_WORDS and word not in declared.null_words]
    if len(words) > 1:
        return
    null = f" --null {_quoted(words[0])}" if words else ""
    nulls = tuple(words)
    if null and _have_a_type(cells, Conventions(null_words=nulls)):
        yield null.strip()
    for table in (_ONE_SIGN, _TWO_SIGNS, _ORDERS):
        fitting = [
            options
            for options, each in table.items()
            if not (declared.date_order if each.date_order else declared.numbers)
            and _have_a_type(cells, replace(each, null_words=nulls))
        ]
        if fitting:
            yield sentences.inputs.EITHER.join(fitting) + null


def _have_a_type(cells: pa.StringArray, by: Conventions) -> bool:
    return bool(text_forms.pick(conventions.forms(cells, by)))


def _quoted(word: str) -> str:
    return word if word.isalnum() else f"'{word}'"


def _sentence(options: str, names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_NAMED]))
    more = sentences.inputs.AND_MORE.format(number=len(names) - _NAMED) if len(names) > _NAMED else ""
    return sentences.inputs.WOULD_BE_TYPED.format(names=shown + more, options=options)
