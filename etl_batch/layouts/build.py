"""From a layout as written to a layout as used: lay out the fields, check the whole, collect every problem."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pyarrow as pa

from etl_batch import sentences
from etl_batch.layouts import values
from etl_batch.layouts.counted import counted_problems, with_counts
from etl_batch.layouts.coverage import coverage_problems
from etl_batch.layouts.kinds import INTEGER_KINDS, KINDS, TYPED_KEYS, Family
from etl_batch.layouts.layout import MAX_COLUMNS, Layout, LayoutColumn, NumberAt
from etl_batch.layouts.length_words import length_words, word_problems
from etl_batch.layouts.shorthand import expand
from etl_batch.layouts.spec import CountSpec, FieldSpec, LayoutSpec, NumberAtSpec

MAX_RECORD_SIZE = 16 * 1024 * 1024
_NESTED_KEYS = {"name", "fields", "size", "offset", "count", "endian", "encoding", "description"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a layout file, and where."""

    layout: str | None
    field: str | None
    text: str

    def sentence(self) -> str:
        """The problem, after the layout and the field it is in."""
        place = [f"layout {self.layout!r}"] if self.layout is not None else []
        place += [f"field {self.field!r}"] if self.field is not None else []
        return f"{', '.join(place)}: {self.text}" if place else self.text


@dataclass(frozen=True, slots=True)
class LayoutDraft:
    """A layout on its way: as far as its fields could be placed, and what is wrong with it."""

    layout: Layout | None
    """The layout; None as long as there are problems."""
    columns: tuple[LayoutColumn, ...]
    """The fields that have a place, in the order of the layout."""
    record_size: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    """What an outer level hands to the fields inside it."""

    prefix: str = ""
    endian: str = "little"
    encoding: str = "utf-8"
    when: tuple[str, ...] | None = None
    counted_by: tuple[str, int] | None = None


@dataclass(slots=True)
class _Builder:
    """Collects the laid out fields and the problems of one layout."""

    layout: str
    columns: list[LayoutColumn] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, text: str, at: str | None = None) -> None:
        """Note one problem; building goes on, so that all of them are told at once."""
        self.problems.append(Problem(self.layout, at, text))

    def place(self, specs: list[FieldSpec], start: int, context: _Context) -> int:
        """Lay out fields from byte `start` of the record on; returns the byte after the last of them."""
        cursor = end = start
        for number, spec in enumerate(specs):
            name = context.prefix + (spec.name or f"#{number}")
            if spec.name is None and not spec.skip:
                self.problem(sentences.problems.NO_NAME, name)
            if (spec.name is not None and not spec.name.isprintable()) or spec.name == "":
                self.problem(sentences.problems.NOT_PRINTABLE, name)
            cursor = start + spec.offset if spec.offset is not None else cursor
            counted = spec.count if isinstance(spec.count, CountSpec) else None
            count = counted.max if counted else spec.count
            if len(self.columns) + (count or 1) > MAX_COLUMNS:  # type: ignore[operator]
                self.problem(sentences.problems.TOO_MANY_FIELDS.format(most=MAX_COLUMNS), name)
                return end
            if counted and context.counted_by:
                self.problem(sentences.problems.COUNT_IN_COUNT, name)
                continue
            known_problems = len(self.problems)
            for index in range(count or 1):  # type: ignore[arg-type]
                # One element of an array tells what is wrong with all of them.
                if len(self.problems) > known_problems:
                    break
                inner = replace(context, counted_by=(counted.field, index)) if counted else context
                cursor = self._place_one(spec, cursor, name if count is None else f"{name}_{index}", inner)
            end = max(end, cursor)
        return end

    def _place_one(self, spec: FieldSpec, offset: int, name: str, context: _Context) -> int:
        if spec.fields is not None:
            return self._place_nested(spec, offset, name, context)
        problems_before = len(self.problems)
        size = self._size(spec, name)
        if len(self.problems) == problems_before:
            try:
                self.columns.append(_column(spec, name, offset, size, context))
            except ValueError as error:
                self.problem(str(error), name)
        return offset + size

    def _place_nested(self, spec: FieldSpec, offset: int, name: str, context: _Context) -> int:
        for key in sorted(spec.model_fields_set - _NESTED_KEYS):
            self.problem(sentences.problems.KEY_OF_INNER_FIELDS.format(key=key), name)
        inner = replace(
            context,
            prefix=f"{name}.",
            endian=spec.endian or context.endian,
            encoding=spec.encoding or context.encoding,
        )
        if not spec.fields:
            self.problem(sentences.problems.NO_INNER_FIELDS, name)
        end = self.place(spec.fields or [], offset, inner)
        if spec.size is not None and end != offset + spec.size:
            self.problem(sentences.problems.SIZE_OF_INNER_FIELDS.format(size=spec.size, taken=end - offset), name)
        return end

    def _size(self, spec: FieldSpec, name: str) -> int:
        kind = KINDS.get(spec.type or "")
        if kind is None:
            sentence = sentences.problems.NO_TYPE if spec.type is None else sentences.problems.UNKNOWN_TYPE
            self.problem(sentence.format(type=spec.type, known=", ".join(KINDS)), name)
            return spec.size or 1
        for key in sorted((spec.model_fields_set & TYPED_KEYS) - kind.keys):
            self.problem(sentences.problems.KEY_MEANS_NOTHING.format(key=key, kind=kind.name), name)
        if kind.sizes and spec.size is not None and spec.size not in kind.sizes:
            sizes = " or ".join(str(size) for size in kind.sizes)
            self.problem(sentences.problems.SIZE_OF_TYPE.format(size=spec.size, kind=kind.name, sizes=sizes), name)
        size = spec.size or kind.default_size
        if size is None:
            self.problem(sentences.problems.TYPE_NEEDS_SIZE.format(kind=kind.name), name)
        return size or 1


def _column(spec: FieldSpec, name: str, offset: int, size: int, context: _Context) -> LayoutColumn:
    """One field at its place; raises `ValueError` when its keys contradict each other."""
    kind = KINDS[spec.type or ""]
    _refuse_contradictions(spec, size)
    stored = values.stored_type(kind.name, size, spec.decimals, spec.sign)
    final = values.column_type(spec, stored)
    add = values.whole_if_it_is(spec.add)
    nulls, blank = values.null_values(spec.null_values or [], stored, kind.family)
    unit = (spec.unit or values.default_unit(kind.name)) if kind.family is Family.TIME else None
    return LayoutColumn(
        name=name,
        kind=kind.name,
        offset=offset,
        size=size,
        type=final,
        stored_type=stored,
        endian=spec.endian or context.endian,
        encoding=values.text_encoding(spec.encoding or context.encoding),
        strip=spec.strip or "null",
        scale=values.finite_scale(spec.scale),
        add=add,
        decimals=spec.decimals,
        sign=spec.sign or "trailing",
        bits=None if spec.bits is None else (spec.bits.start, spec.bits.len),
        unit=unit,
        epoch=values.epoch_offset(spec.epoch, unit) if unit else 0,
        enum=() if spec.enum is None else values.enum_pairs(spec.enum, stored),
        null_values=nulls,
        blank_is_null=blank,
        minimum=values.limit(spec.min, final),
        maximum=values.limit(spec.max, final),
        pattern=None if spec.pattern is None else values.regular_expression(spec.pattern),
        const=None if spec.const is None else values.typed(spec.const, stored),
        on_error=spec.on_error,
        skip=spec.skip,
        when=context.when,
        counted_by=context.counted_by,
    )


def _refuse_contradictions(spec: FieldSpec, size: int) -> None:
    clashes = [key for key in ("scale", "decimals", "enum") if getattr(spec, key) is not None]
    if len(clashes) > 1:
        raise ValueError(sentences.problems.KEYS_CLASH.format(one=clashes[0], other=clashes[1]))
    if spec.add is not None and (spec.decimals is not None or spec.enum is not None):
        raise ValueError(sentences.problems.KEYS_CLASH.format(one="add", other=clashes[0]))
    if spec.enum is not None and (spec.min is not None or spec.max is not None):
        raise ValueError(sentences.problems.ENUM_AND_LIMITS)
    if spec.type == "packed" and spec.sign == "none" and "" in (spec.null_values or ()):
        # Without a sign, zeros and blanks are digits like any others.
        raise ValueError(sentences.problems.BLANK_NUMBER)
    if spec.bits is not None and spec.bits.start + spec.bits.len > 8 * size:
        raise ValueError(
            sentences.problems.BITS_DO_NOT_FIT.format(
                first=spec.bits.start, last=spec.bits.start + spec.bits.len - 1, size=size
            )
        )
    if spec.type == "bool" and spec.bits is not None and spec.bits.len != 1:
        raise ValueError(sentences.problems.BOOL_OF_BITS)
    if spec.type == "datetime" and spec.unit == "D":
        raise ValueError(sentences.problems.DATETIME_OF_DAYS)
    if spec.min is not None and spec.max is not None and type(spec.min) is type(spec.max) and spec.min > spec.max:  # type: ignore[operator]
        raise ValueError(sentences.problems.LIMITS_CROSSED)


def draft_layout(name: str, spec: LayoutSpec) -> LayoutDraft:
    """The layout, or as much of it as could be placed and what is wrong with it."""
    builder = _Builder(name)
    fields, endian = _written_fields(builder, spec)
    common = builder.place(fields, 0, _Context("", endian, spec.encoding))
    ends = [common]
    for value, variant in (spec.discriminator.layouts if spec.discriminator else {}).items():
        ends.append(builder.place(variant.fields, common, _Context("", endian, spec.encoding, (value,))))
    record_size = spec.record_size or max(ends)
    if spec.record_format != "fixed" and record_size != max(ends):
        builder.problem(sentences.problems.RECORD_SIZE_OF_FIELDS.format(record_size=record_size, taken=max(ends)))
    sizes = _type_sizes(spec, record_size, common, ends[1:])
    if builder.problems or not builder.columns:
        if not builder.columns and not builder.problems:
            builder.problem(sentences.problems.NO_FIELDS)
        return LayoutDraft(None, tuple(builder.columns), record_size, tuple(builder.problems))
    _check_bytes(builder, spec, sizes)
    for text, at in counted_problems(builder.columns, variable=spec.record_format != "fixed"):
        builder.problem(text, at)
    columns = with_counts(_merge_variants(builder))
    layout = replace(_layout(builder, spec, columns, endian, record_size), type_sizes=tuple(sizes.values()))
    _check_columns(builder, layout)
    whole = None if builder.problems else layout
    return LayoutDraft(whole, tuple(builder.columns), record_size, tuple(builder.problems))


def _written_fields(builder: _Builder, spec: LayoutSpec) -> tuple[list[FieldSpec], str]:
    """The fields of either form, and the byte order."""
    if spec.struct is None:
        if spec.names is not None:
            builder.problem(sentences.problems.NAMES_WITHOUT_STRUCT)
        return spec.fields or [], spec.endian
    if spec.fields is not None:
        builder.problem(sentences.problems.STRUCT_AND_FIELDS)
    if "endian" in spec.model_fields_set:
        builder.problem(sentences.problems.ENDIAN_WITH_STRUCT)
    try:
        return expand(spec.struct, spec.names or [])
    except ValueError as error:
        builder.problem(str(error))
        return [], "little"


def _type_sizes(spec: LayoutSpec, record_size: int, common: int, ends: list[int]) -> dict[str | None, int]:
    """The bytes of a record of each type: they may differ where a word before each record says how long it is."""
    if spec.discriminator is None:
        return {None: record_size}
    fixed = spec.record_format == "fixed"
    return {
        value: record_size if fixed else max(end, common)
        for value, end in zip(spec.discriminator.layouts, ends, strict=True)
    }


def _check_bytes(builder: _Builder, spec: LayoutSpec, sizes: dict[str | None, int]) -> None:
    """Every byte of every record type belongs to one field."""
    for text in word_problems(spec, max(sizes.values())):
        builder.problem(text)
    if max(sizes.values()) > MAX_RECORD_SIZE:
        record_size = max(sizes.values())
        builder.problem(sentences.problems.RECORD_TOO_LARGE.format(record_size=record_size, most=MAX_RECORD_SIZE))
        return
    for value, record_size in sizes.items():
        members = [column for column in builder.columns if column.when is None or value in column.when]
        for text, at in coverage_problems(members, record_size):
            builder.problem(
                text if value is None else sentences.problems.OF_RECORD_TYPE.format(value=value, problem=text), at
            )


def _merge_variants(builder: _Builder) -> list[LayoutColumn]:
    """One column for the fields of the same name, place and type that several record types have."""
    merged: dict[str, LayoutColumn] = {}
    result: list[LayoutColumn] = []
    for column in builder.columns:
        known = None if column.skip else merged.get(column.name)
        if known is None:
            result.append(column)
            if not column.skip:
                merged[column.name] = column
            continue
        same = known.when and column.when and replace(known, when=column.when) == column
        if not same or set(known.when or ()) & set(column.when or ()):
            builder.problem(sentences.problems.NAMED_TWICE, column.name)
            continue
        joined = replace(known, when=(known.when or ()) + (column.when or ()))
        merged[column.name] = joined
        result[result.index(known)] = joined
    return result


def _layout(builder: _Builder, spec: LayoutSpec, columns: list[LayoutColumn], endian: str, record_size: int) -> Layout:
    def number(key: str, value: int | NumberAtSpec | None) -> int | NumberAt | None:
        if not isinstance(value, NumberAtSpec):
            return value
        if value.type not in INTEGER_KINDS:
            builder.problem(
                sentences.problems.TYPE_OF_KEY.format(key=key, type=value.type, known=", ".join(INTEGER_KINDS))
            )
        return NumberAt(value.offset, value.type)

    return Layout(
        name=builder.layout,
        record_size=record_size,
        fields=tuple(columns),
        endian=endian,
        header_bytes=number("header_bytes", spec.header_bytes) or 0,
        footer_bytes=number("footer_bytes", spec.footer_bytes) or 0,
        record_count=number("record_count", spec.record_count),
        magic=None if spec.magic is None else (spec.magic.offset, bytes.fromhex(spec.magic.hex)),
        match=tuple(spec.match),
        trailing_bytes=spec.trailing_bytes,
        discriminator=spec.discriminator.field if spec.discriminator else None,
        record_types=tuple(spec.discriminator.layouts) if spec.discriminator else (),
        words=length_words(spec, record_size),
        stratum=spec.stratum,
        measures=tuple(spec.measures),
        description=spec.description,
    )


def _check_columns(builder: _Builder, layout: Layout) -> None:
    """Names that the layout uses exist, and can be used so."""
    types = {column.name: column.type for column in layout.columns}
    known = ", ".join(types)
    if not types:
        builder.problem(sentences.problems.ALL_SKIPPED)
    if layout.stratum is not None and layout.stratum not in types:
        builder.problem(sentences.problems.STRATUM_IS_NO_COLUMN.format(name=layout.stratum, known=known))
    for measure in layout.measures:
        if measure not in types:
            builder.problem(sentences.problems.MEASURE_IS_NO_COLUMN.format(name=measure, known=known))
        elif not _is_number(types[measure]):
            builder.problem(sentences.problems.MEASURE_IS_NO_NUMBER.format(name=measure, type=types[measure]))
    if layout.discriminator is not None:
        _check_discriminator(builder, layout, layout.discriminator)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _check_discriminator(builder: _Builder, layout: Layout, name: str) -> None:
    column = next((column for column in layout.fields if column.name == name and column.when is None), None)
    if column is None:
        builder.problem(sentences.problems.NO_DISCRIMINATOR.format(name=name))
    elif column.family not in (Family.INTEGER, Family.TEXT, Family.DIGITS) or column.type != column.stored_type:
        builder.problem(sentences.problems.DISCRIMINATOR_TYPE, name)
    elif column.on_error == "null" or column.null_values or column.blank_is_null:
        builder.problem(sentences.problems.DISCRIMINATOR_NULL, name)
    else:
        for value in layout.record_types:
            try:
                values.typed(value, column.stored_type)
            except ValueError as error:
                builder.problem(str(error), name)
