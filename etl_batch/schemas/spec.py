"""A declared schema: read from its file and checked as a whole, each error with the column's name and the key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.schemas.kinds import Kind, kind_named

MOST_BYTES = 16 << 20
_TOP_KEYS = {"version", "columns", "extra_columns", "description"}


class ExtraColumns(StrEnum):
    """What becomes of columns that the schema does not name."""

    KEEP = "keep"
    DROP = "drop"
    REFUSE = "refuse"


@dataclass(frozen=True)
class ColumnSpec:
    """What a column is to be; what is not declared is None, and not asked for."""

    name: str
    type: str | None = None
    required: bool = False
    unique: bool = False
    min: str | None = None
    max: str | None = None
    pattern: str | None = None
    values: tuple[str, ...] | None = None
    min_length: int | None = None
    max_length: int | None = None

    @property
    def kind(self) -> Kind | None:
        """The declared type."""
        return None if self.type is None else kind_named(self.type)

    def scalar(self, text: str) -> pa.Scalar:
        """A bound or a listed value as one of the column's type; it is one."""
        kind = self.kind or kind_named("text")
        assert kind is not None
        return pa.array([kind.read(text)], kind.arrow)[0]


@dataclass(frozen=True)
class Schema:
    """All columns that are declared, in the order that the outputs have."""

    columns: tuple[ColumnSpec, ...]
    extra: ExtraColumns = ExtraColumns.KEEP
    definition: str = field(default="", compare=False, repr=False)
    """The file's text."""

    @property
    def by_name(self) -> Mapping[str, ColumnSpec]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}


def load_schema(path: Path) -> Schema:
    """The schema of a file. Raises `UsageError`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(sentences.schemas.TOO_LARGE.format(path=path, most=MOST_BYTES >> 20))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(sentences.schemas.UNREADABLE.format(path=path, reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise UsageError(sentences.schemas.NO_JSON.format(path=path, reason=error.reason)) from error
    return parse_schema(text, str(path))


def parse_schema(text: str, path: str = "schema") -> Schema:
    """The schema that a text is. Raises `UsageError` that names the column and the key."""
    try:
        given = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise UsageError(sentences.schemas.NO_JSON.format(path=path, reason=error)) from error
    return replace(_Reader(path).schema(given), definition=text)


class _Reader:
    """Reads the parts of a schema file. `column`: the one that it is at."""

    def __init__(self, path: str) -> None:
        self.path, self.column = path, ""

    def fail(self, key: str, problem: str) -> UsageError:
        """What is wrong, and where."""
        sentence = sentences.schemas.WRONG_COLUMN if self.column else sentences.schemas.WRONG
        message = sentence.format(path=self.path, column=self.column, key=key, problem=problem)
        return UsageError(message, column=self.column, key=key)

    def schema(self, given: Any) -> Schema:
        """The whole."""
        if not isinstance(given, dict):
            raise self.fail("version", sentences.schemas.NO_OBJECT)
        for key in given.keys() - _TOP_KEYS:
            raise self.fail(str(key), sentences.schemas.UNKNOWN_KEY)
        if given.get("version") != 1 or isinstance(given.get("version"), bool):
            raise self.fail("version", sentences.schemas.NO_VERSION)
        columns = given.get("columns")
        if not isinstance(columns, list):
            raise self.fail("columns", sentences.schemas.NO_LIST)
        extra = given.get("extra_columns", "keep")
        if extra not in tuple(ExtraColumns):
            raise self.fail("extra_columns", sentences.schemas.NO_EXTRA)
        specs = tuple(self.columns(columns))
        return Schema(specs, ExtraColumns(extra))

    def columns(self, given: list[Any]) -> Iterator[ColumnSpec]:
        """All columns, no name twice."""
        names: set[str] = set()
        for number, each in enumerate(given, 1):
            self.column = f"#{number}"
            if not isinstance(each, dict):
                raise self.fail("name", sentences.schemas.NO_OBJECT)
            name = each.get("name")
            if not isinstance(name, str) or not name:
                raise self.fail("name", sentences.schemas.NO_NAME)
            self.column = name
            if name in names:
                raise self.fail("name", sentences.schemas.TWICE)
            names.add(name)
            yield self.spec(each)
        self.column = ""

    def spec(self, given: dict[str, Any]) -> ColumnSpec:
        """One column, its keys held against its type."""
        for key in given.keys() - ({*ColumnSpec.__dataclass_fields__} | {"description"}):
            raise self.fail(str(key), sentences.schemas.UNKNOWN_KEY)
        declared = given.get("type")
        kind = kind_named(declared) if isinstance(declared, str) else None
        if declared is not None and kind is None:
            raise self.fail("type", sentences.schemas.NO_TYPE)
        spec = ColumnSpec(
            self.column,
            declared,
            required=self.switch(given, "required"),
            unique=self.switch(given, "unique"),
            min=self.bound(given, "min", kind),
            max=self.bound(given, "max", kind),
            pattern=self.pattern(given),
            values=self.values(given, kind),
            min_length=self.length(given, "min_length"),
            max_length=self.length(given, "max_length"),
        )
        self.check_order(spec)
        return spec

    def switch(self, given: dict[str, Any], key: str) -> bool:
        """True or false."""
        value = given.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(key, sentences.schemas.NO_SWITCH)
        return value

    def length(self, given: dict[str, Any], key: str) -> int | None:
        """A number of characters."""
        value = given.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise self.fail(key, sentences.schemas.NO_LENGTH)
        return value

    def bound(self, given: dict[str, Any], key: str, kind: Kind | None) -> str | None:
        """A least or largest value, as the text that a cell would have."""
        if given.get(key) is None:
            return None
        if kind is None or not kind.ordered:
            raise self.fail(key, sentences.schemas.NO_ORDER)
        return self.value(given[key], key, kind)

    def value(self, value: Any, key: str, kind: Kind | None) -> str:
        """A value of the column's type, which may be written as a number or as a text."""
        if not isinstance(value, str | int | Decimal):
            raise self.fail(key, sentences.schemas.NO_VALUE)
        text = (
            str(value).lower()
            if isinstance(value, bool)
            else format(value, "f")
            if isinstance(value, Decimal)
            else str(value)
        )
        if kind is not None and kind.read(text) is None:
            raise self.fail(key, sentences.schemas.NOT_OF_TYPE.format(value=text[:80], type=kind.name))
        return text

    def pattern(self, given: dict[str, Any]) -> str | None:
        """A regular expression that all of the text is held against."""
        pattern = given.get("pattern")
        if pattern is None:
            return None
        if not isinstance(pattern, str):
            raise self.fail("pattern", sentences.schemas.NO_PATTERN.format(reason=sentences.schemas.NO_TEXT))
        try:
            fits(pa.array([""]), pattern)
        except pa.ArrowInvalid as error:
            reason = str(error).removeprefix("Invalid regular expression: ")
            raise self.fail("pattern", sentences.schemas.NO_PATTERN.format(reason=reason)) from error
        return pattern

    def values(self, given: dict[str, Any], kind: Kind | None) -> tuple[str, ...] | None:
        """The only values that there may be."""
        values = given.get("values")
        if values is None:
            return None
        if not isinstance(values, list) or not values:
            raise self.fail("values", sentences.schemas.NO_LIST)
        return tuple(self.value(value, "values", kind) for value in values)

    def check_order(self, spec: ColumnSpec) -> None:
        """No largest value or length below the least one."""
        if (
            spec.min is not None
            and spec.max is not None
            and pc.greater(spec.scalar(spec.min), spec.scalar(spec.max)).as_py()
        ):
            raise self.fail("max", sentences.schemas.BELOW_LEAST)
        if spec.min_length is not None and spec.max_length is not None and spec.min_length > spec.max_length:
            raise self.fail("max_length", sentences.schemas.BELOW_LEAST)


def fits(cells: pa.StringArray, pattern: str) -> pa.BooleanArray:
    """Which cells a regular expression fits as a whole. It is one of RE2: never slower than the text is long."""
    return pc.match_substring_regex(cells, rf"\A(?:{pattern})\z")
