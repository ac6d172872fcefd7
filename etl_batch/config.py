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
from etl_batch.model import Allocation, TargetScope
from etl_batch.settings import DEFAULT_SAMPLE_FRAC, SETTINGS, Setting, SettingKind, is_setting, setting

_PATH = core_schema.union_schema(
    [
        core_schema.is_instance_schema(Path),
        core_schema.no_info_after_validator_function(Path, core_schema.str_schema(strict=True)),
    ],
    custom_error_type="path_type",
    custom_error_message="Input is not a valid path",
)
_OF_KIND: dict[SettingKind, Callable[..., Any]] = {
    SettingKind.INPUTS: core_schema.str_schema,
    SettingKind.COLUMNS: core_schema.str_schema,
    SettingKind.COLUMN: core_schema.str_schema,
    SettingKind.WORD: core_schema.str_schema,
    SettingKind.WHOLE: core_schema.int_schema,
    SettingKind.NUMBER: core_schema.float_schema,
    SettingKind.SHARE: core_schema.float_schema,
    SettingKind.SWITCH: core_schema.bool_schema,
}


def _schema(row: Setting) -> Any:
    """What a setting's value may be, by its kind, its bounds and its default."""
    bounds = row.bounds.given()
    if row.kind.many:
        found: Any = core_schema.tuple_variable_schema(_OF_KIND[row.kind](), **bounds)
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
    max_rejects: int | None
    """Rejects allowed before the run fails; None for no limit."""
    retries: int
    """Attempts repeated after a transient read error."""
    seed: int
    """Seed of the sample."""
    user: str
    """Who runs it, for the audit log and the report."""
    home: Path
    """Folder of `data/ output/ report/ .secrets/`."""
    report: Path | None
    """Where the report also goes; None for `report/etl_quantum_report.html`."""
    profile: bool
    """Whether the metadata and the report say where the CPU seconds went."""
    cluster: str | None
    """Address of a Dask scheduler; None for processes of this machine."""
    rerun_of: str | None
    """The run this one repeats with changes."""

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
    if values["target_error"] is not None and values["sample_frac"] != DEFAULT_SAMPLE_FRAC:
        raise ValueError(sentences.command_line.TWO_SIZES)
    if values["target_error"] is None and values["target_per"] is not TargetScope.MEASURE:
        raise ValueError(sentences.command_line.SCOPE_WITHOUT_ERROR)
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
