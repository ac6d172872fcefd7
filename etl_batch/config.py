"""The one configuration of a run: frozen, typed, validated once at the edge.

The core of pydantic validates it, by a schema that follows from the table of settings. What pydantic has around its
core, to make such a schema of a class, takes as long to load as NumPy and Arrow together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.model import Allocation, OnBadFile, Ragged, TargetScope
from etl_batch.reject_limits import share_text
from etl_batch.settings import DEFAULT_SAMPLE_FRAC, SETTINGS, Setting, SettingKind, is_setting, setting
from etl_batch.stores.url import path_of

_PATH = core_schema.union_schema(
    [
        core_schema.is_instance_schema(Path),
        core_schema.no_info_after_validator_function(path_of, core_schema.str_schema(strict=True)),
    ],
    custom_error_type="path_type",
    custom_error_message="Input is not a valid path",
)


def _count_or_share(**bounds: Any) -> Any:
    """A whole number, or a share as `reject_limits` keeps it."""
    return core_schema.union_schema(
        [
            core_schema.int_schema(**bounds),
            core_schema.no_info_after_validator_function(share_text, core_schema.str_schema(strict=True)),
        ],
        mode="left_to_right",
        custom_error_type="count_or_share",
        custom_error_message=sentences.command_line.NO_COUNT_OR_SHARE,
    )


_OF_KIND: dict[SettingKind, Callable[..., Any]] = {
    SettingKind.INPUTS: core_schema.str_schema,
    SettingKind.COLUMNS: core_schema.str_schema,
    SettingKind.WORDS: core_schema.str_schema,
    SettingKind.COLUMN: core_schema.str_schema,
    SettingKind.WORD: core_schema.str_schema,
    SettingKind.WHOLE: core_schema.int_schema,
    SettingKind.NUMBER: core_schema.float_schema,
    SettingKind.SHARE: core_schema.float_schema,
    SettingKind.LIMIT: _count_or_share,
    SettingKind.SWITCH: core_schema.bool_schema,
}


def _schema(row: Setting) -> Any:
    """What a setting's value may be, by its kind, its bounds and its default."""
    bounds = row.bounds.given()
    if row.kind.many:
        found: Any = core_schema.tuple_variable_schema(_OF_KIND[row.kind](), **bounds)
    elif row.kind is SettingKind.CHOICE and row.optional:
        found = core_schema.literal_schema(list(row.choices))
    elif row.kind is SettingKind.CHOICE:
        words: Any = type(row.default)
        found = core_schema.enum_schema(words, list(words), sub_type="str")
    else:
        found = _PATH if row.kind.path else _OF_KIND[row.kind](**bounds)
    if row.kind is SettingKind.INPUTS:
        return found  # they have to be said
    if row.maker is not None:
        return core_schema.with_default_schema(found, default_factory=row.maker)
    return core_schema.with_default_schema(
        core_schema.nullable_schema(found) if row.optional else found, default=row.default
    )


@dataclass(frozen=True, init=False)
class RunConfig:
    """What one run does. Paths are absolute by the time they stand here."""

    inputs: tuple[str, ...]
    """Files, directories or globs, as given."""
    output_csv: Path | None
    """The merged CSV; None with `-p` alone."""
    output_parquet: Path | None
    """The merged Parquet file; None with `--no-parquet`."""
    parquet_compat: bool
    """Whether the Parquet file has only what the oldest readers take."""
    parts: bool
    """Whether the Parquet output is a folder of files."""
    workers: int
    """Worker processes."""
    chunk_bytes: int
    """Largest number of input bytes that one task reads."""
    sample_frac: float
    """Share of the rows that the estimates are made from; not used with a `target_error`."""
    allocation: Allocation
    """How the sample is shared out among the strata."""
    target_error: float | None
    """Half width of the 95 % intervals, in parts of the exact totals, that the sample is for; None: by fraction."""
    target_per: TargetScope
    """Whether that holds for each measure's total, or for those of each stratum as well."""
    layout: str
    """Name of the record layout, or `auto` to detect it."""
    struct_config: Path | None
    """Layout file to use instead of the layouts that the home knows: its own and those that ship with the engine."""
    force_text_fallback: bool
    """Read binary-looking files as text."""
    delimiter: str | None
    """What stands between the cells of text; None, here and below: it is detected."""
    quote: str | None
    """What cells may be enclosed in; `none` for nothing."""
    escape: str | None
    """What makes a quote or a delimiter a letter."""
    encoding: str | None
    """How characters are written."""
    header: str | None
    """Whether names stand above the rows: `yes`, `no`, or in how many rows."""
    skip_lines: int | None
    """Lines at the start of text that are no part of the table."""
    comment: str | None
    """What a line begins with that is no row."""
    ragged: Ragged
    """What becomes of rows of odd width."""
    max_record_bytes: int
    """Bytes of the longest record of text that is read."""
    include: tuple[str, ...]
    """Globs: of a folder only files that fit one of them are read; empty for all."""
    exclude: tuple[str, ...]
    """Globs: files of a folder that fit one of them are left out."""
    on_bad_file: OnBadFile
    """Whether a file that is refused ends the run or is skipped."""
    hive: bool
    """Whether folders that are called `key=value` become columns."""
    source_column: str | None
    """Name of a column that says of each row which file it came from; None for no such column."""
    schema_file: Path | None
    """File that declares the columns; None for no schema."""
    decimal: str | None
    """What stands before the decimals of numbers in text; None: a point."""
    thousands: str | None
    """What stands between their thousands; None: nothing."""
    date_order: str | None
    """`dmy`, `mdy` or `ymd`: the order of days in text; None: only ISO dates are dates."""
    null_words: tuple[str, ...]
    """Cells of text that stand for no value."""
    normalise: bool
    """Whether the CSV has numbers, dates and null words as they are read, not as they stand."""
    no_escape: bool
    """Whether the CSV's cells are left as they are though a spreadsheet would run them."""
    flatten: bool
    """Take objects in the objects of JSON Lines apart into columns `outer.inner`."""
    stratum: str | None
    """Stratum column; None for the layout's, else one is chosen and said."""
    measures: tuple[str, ...]
    """Measure columns; empty for the layout's, else all numeric columns."""
    max_size_gb: float | None
    """Refuse inputs larger than this in all (10**9 bytes)."""
    timeout: float
    """Seconds after which the run is stopped."""
    max_rejects: int | str | None
    """Rejects allowed before the run fails, or a share of the records such as `50%`; None for half of them."""
    retries: int | None
    """How often what may pass is tried again, a read and the whole run; None: reads alone, a few times."""
    stall_timeout: float
    """Seconds without a sign of life after which a worker is replaced."""
    seed: int
    """Seed of the sample."""
    user: str
    """Who runs it, for the audit log and the report."""
    home: Path
    """Folder of `data/ output/ report/ .secrets/`."""
    report: Path | None
    """Where the report also goes; None for `report/etl_quantum_report.html`."""
    language: str | None
    """Of the report; None: English, as nobody said otherwise."""
    profile: bool
    """Whether the metadata and the report say where the CPU seconds went."""
    cluster: str | None
    """Address of a Dask scheduler; None for processes of this machine."""
    rerun_of: str | None
    """The run this one repeats with changes."""
    replay_of: str | None
    """The run whose rejects are read again, as this one's settings say; what it has written is read as it was."""
    append: bool
    """Whether a replay's new rows stand behind all others."""
    unattended: bool
    """Whether a named stratum or measure that cannot be one costs the estimates and not the run."""

    def __init__(self, **values: Any) -> None:
        """Values as they are typed, or as `to_json` gave them; raises pydantic's `ValidationError`."""
        vars(self).update(_VALIDATOR.validate_python(values))

    def changed(self, values: Mapping[str, Any]) -> RunConfig:
        """A copy with some other values, which are taken as they are."""
        other = copy(self)
        vars(other).update(values)
        return other

    def to_json(self) -> dict[str, Any]:
        """The configuration as plain JSON values, as `config.json` keeps it."""
        return {name: _plain(value) for name, value in vars(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Enum) else str(value) if isinstance(value, Path) else value


def _check_together(values: dict[str, Any]) -> dict[str, Any]:
    """What one setting says of another; raises `ValueError`."""
    if values["output_csv"] is None and values["output_parquet"] is None:
        raise ValueError(sentences.command_line.NO_OUTPUT)
    if values["output_csv"] is not None and values["output_csv"] == values["output_parquet"]:
        raise ValueError(sentences.command_line.SAME_OUTPUT)
    if values["parts"] and values["output_parquet"] is None:
        raise ValueError(sentences.command_line.PARTS_WITHOUT_PARQUET)
    if values["target_error"] is not None and values["sample_frac"] != DEFAULT_SAMPLE_FRAC:
        raise ValueError(sentences.command_line.TWO_SIZES)
    if values["target_error"] is None and values["target_per"] is not TargetScope.MEASURE:
        raise ValueError(sentences.command_line.SCOPE_WITHOUT_ERROR)
    if values["append"] and values["replay_of"] is None:
        raise ValueError(sentences.command_line.APPEND_WITHOUT_REPLAY)
    if values["thousands"] == (values["decimal"] or "."):
        raise ValueError(sentences.command_line.SAME_SIGN.format(sign=values["thousands"]))
    return values


_VALIDATOR = SchemaValidator(
    core_schema.no_info_after_validator_function(
        _check_together,
        core_schema.typed_dict_schema(
            {row.name: core_schema.typed_dict_field(_schema(row)) for row in SETTINGS},
            extra_behavior="forbid",
        ),
    )
)


def build_config(values: dict[str, Any]) -> RunConfig:
    """Validate raw values into a `RunConfig`; raises `UsageError` with one sentence that names the flag."""
    try:
        return RunConfig(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][:1])
        reason = first["msg"].removeprefix("Value error, ")
        if not name:
            raise UsageError(sentences.command_line.WRONG_SETTINGS.format(reason=reason), field=None) from error
        flag = setting(name).flag if is_setting(name) else name
        raise UsageError(
            sentences.command_line.WRONG_VALUE.format(flag=flag, reason=reason, given=first["input"]), field=name
        ) from error
