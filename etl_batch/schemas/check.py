"""A declared schema held against the records of a source: those that break it are rejects, with field and reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.columns.conventions import AS_WRITTEN, Conventions, canonical
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.source import AnySource, Slab
from etl_batch.model import Reject
from etl_batch.schemas.reading import Marks, texts_of, values_of
from etl_batch.schemas.spec import ColumnSpec, Schema, fits

_SHOWN = 80
"""Characters of a cell that a detail shows."""


class Checked(NamedTuple):
    """A slab without the records that break the schema, which are among its rejects, and the columns as declared."""

    slab: Slab
    values: Mapping[str, pa.Array]
    """By name, the columns whose values are others than their cells."""
    unique: Mapping[int, pa.Array]
    """By their places in the schema, the values of the columns that must have none twice."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """Rows that break one rule of one column."""

    rows: Marks
    reason: str
    field: str
    detail: Callable[[int], str]


class Checker:
    """Holds one source's slabs against a schema."""

    def __init__(self, schema: Schema, source: AnySource, written: Conventions = AS_WRITTEN) -> None:
        self.written = written
        self.from_text = [column.text for column in source.all_columns]
        self.places = {column.name: place for place, column in enumerate(source.all_columns)}
        self.path, self.names = source.path, source.column_names
        self.specs = [spec for spec in schema.columns if spec.name in self.places]
        self.unique = [(place, spec) for place, spec in enumerate(schema.columns) if spec.unique and spec in self.specs]

    def check(self, slab: Slab, constants: list[TextCells]) -> Checked:
        """The slab's records that keep to the schema, and the others among its rejects. `constants`: of the source."""
        given = self._as_read([*slab.columns, *constants])
        values: dict[str, pa.Array] = {}
        findings = [
            finding for spec in self.specs for finding in self._findings(spec, given[self.places[spec.name]], values)
        ]
        first = np.full(slab.rows, -1)
        for number, finding in enumerate(findings):
            first[finding.rows & (first < 0)] = number
        good = first < 0
        unique = {place: self._unique(spec, given, values) for place, spec in self.unique}
        if good.all():
            return Checked(slab, values, unique)
        rejects = [self._reject(slab, int(row), findings[first[row]]) for row in np.flatnonzero(~good)]
        kept = pa.array(good)
        return Checked(
            _filtered(slab, good, rejects),
            {name: array.filter(kept) for name, array in values.items()},
            {place: array.filter(kept) for place, array in unique.items()},
        )

    def _as_read(self, columns: list[pa.Array | TextCells]) -> list[pa.Array | TextCells]:
        """The columns with the cells that a rule is held against: as they are read by what was declared of them."""
        if not self.written.declared:
            return columns
        texts = {self.places[spec.name] for spec in self.specs if spec.kind is None or spec.kind.text}
        ways = [self.written.for_text() if place in texts else self.written for place in range(len(columns))]
        return [
            canonical(column, way).cells if text else column
            for column, way, text in zip(columns, ways, self.from_text, strict=True)
        ]

    def _unique(
        self, spec: ColumnSpec, given: Sequence[pa.Array | TextCells], values: Mapping[str, pa.Array]
    ) -> pa.Array:
        """The values that are compared: those of the declared type, else the texts."""
        return values[spec.name] if spec.name in values else texts_of(given[self.places[spec.name]])

    def _findings(
        self, spec: ColumnSpec, column: pa.Array | TextCells, values: dict[str, pa.Array]
    ) -> Iterator[_Finding]:
        """What breaks the rules of a column, rule by rule; the column as declared is put among the values."""
        kind, cells = spec.kind, _Cells(column)
        array, bad = (None, None) if kind is None else values_of(column, kind)
        if kind is not None and not (kind.text and isinstance(column, TextCells)):
            values[spec.name] = array
        found = [
            (
                cells.missing if spec.required else None,
                "schema_required",
                cells.say(spec, sentences.rejects.SCHEMA_REQUIRED),
            ),
            (bad, "schema_type", cells.say(spec, sentences.rejects.SCHEMA_TYPE, type=spec.type)),
            *_out_of_range(spec, array, cells),
            (cells.lengths_outside(spec), "schema_length", cells.say_length(spec)),
            (
                None if spec.pattern is None else ~_marks(fits(cells.texts, spec.pattern)) & ~cells.missing,
                "schema_pattern",
                cells.say(spec, sentences.rejects.SCHEMA_PATTERN),
            ),
            (_not_listed(spec, array, cells), "schema_value", cells.say(spec, sentences.rejects.SCHEMA_VALUE)),
        ]
        for rows, reason, detail in found:
            if rows is not None and rows.any():
                yield _Finding(rows, reason, spec.name, detail)

    def _reject(self, slab: Slab, row: int, finding: _Finding) -> Reject:
        """The dead letter of a row."""
        origin = slab.origin(row) if slab.origin is not None else self._by_cells(slab, row)
        return replace(origin, reason=finding.reason, field=finding.field, detail=finding.detail(row))

    def _by_cells(self, slab: Slab, row: int) -> Reject:
        """What is known of a row whose format does not say where it stands: its cells."""
        cells = {name: texts_of(column)[row].as_py() for name, column in zip(self.names, slab.columns, strict=True)}
        return Reject(self.path, 0, row, "", None, "", json.dumps(cells, ensure_ascii=False))


class _Cells:
    """A column's cells, as text when it is needed."""

    def __init__(self, column: pa.Array | TextCells) -> None:
        self.column = column
        self._texts: pa.StringArray | None = None

    @property
    def texts(self) -> pa.StringArray:
        """The cells as text, none null."""
        if self._texts is None:
            self._texts = texts_of(self.column).fill_null("")
        return self._texts

    @property
    def missing(self) -> Marks:
        """Marks of the cells that are empty or null."""
        if isinstance(self.column, TextCells):
            if not self.column.quoted:
                return np.asarray(self.column.ends - self.column.before == 1, bool)
            return _marks(pc.equal(self.texts, ""))
        return _marks(pc.equal(self.texts, "")) | _marks(self.column.is_null())

    def shown(self, row: int) -> str:
        """A cell as a detail shows it."""
        text: str = self.texts[row].as_py()
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

    def say(self, spec: ColumnSpec, sentence: str, **facts: object) -> Callable[[int], str]:
        """What makes the detail of a row."""
        return lambda row: sentence.format(name=spec.name, value=self.shown(row), **facts)

    def lengths_outside(self, spec: ColumnSpec) -> Marks | None:
        """Marks of the cells with too few or too many characters; empty ones have no length."""
        if spec.min_length is None and spec.max_length is None:
            return None
        lengths = pc.utf8_length(self.texts).to_numpy(zero_copy_only=False)
        outside = lengths < (spec.min_length or 0)
        if spec.max_length is not None:
            outside |= lengths > spec.max_length
        return np.asarray(outside & ~self.missing, bool)

    def say_length(self, spec: ColumnSpec) -> Callable[[int], str]:
        """What makes the detail of a length."""
        most = sentences.rejects.SCHEMA_ANY_LENGTH if spec.max_length is None else f"{spec.max_length:,}"
        return lambda row: sentences.rejects.SCHEMA_LENGTH.format(
            name=spec.name, length=len(self.texts[row].as_py()), least=spec.min_length or 0, most=most
        )


def _out_of_range(
    spec: ColumnSpec, array: pa.Array | None, cells: _Cells
) -> Iterator[tuple[Marks, str, Callable[[int], str]]]:
    words = sentences.rejects.SCHEMA_RANGE
    if spec.min is not None:
        below = _marks(pc.less(array, spec.scalar(spec.min)))
        yield below, "schema_range", cells.say(spec, words["below"], low=spec.min)
    if spec.max is not None:
        above = _marks(pc.greater(array, spec.scalar(spec.max)))
        yield above, "schema_range", cells.say(spec, words["above"], high=spec.max)


def _not_listed(spec: ColumnSpec, array: pa.Array | None, cells: _Cells) -> Marks | None:
    """Marks of the cells that are none of the listed values, compared as values of the type."""
    if spec.values is None:
        return None
    given = cells.texts if array is None else array
    listed = pa.array([spec.scalar(text).as_py() for text in spec.values], given.type)
    return np.asarray(~_marks(pc.is_in(given, value_set=listed)) & ~cells.missing, bool)


def _marks(marks: pa.BooleanArray) -> Marks:
    found: Marks = marks.fill_null(False).to_numpy(zero_copy_only=False)
    return found


def _filtered(slab: Slab, good: Marks, rejects: list[Reject]) -> Slab:
    """The slab with the good rows alone; the others are among the rejects, in the order of the records."""
    kept = pa.array(good)
    columns = [column.taken(good) if isinstance(column, TextCells) else column.filter(kept) for column in slab.columns]
    return replace(
        slab,
        columns=columns,
        rows=int(good.sum()),
        rejects=sorted((*slab.rejects, *rejects), key=lambda reject: reject.record),
        lines=None if slab.lines is None else slab.lines.taken(good),
        places=slab.places[good],
    )
