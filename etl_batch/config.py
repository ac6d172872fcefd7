"""The one configuration of a run: frozen, typed, validated once at the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.model import Allocation, TargetScope
from etl_batch.settings import DEFAULT_SAMPLE_FRAC, is_setting, setting


def _declared(name: str) -> Any:
    """Default and bounds of a field, as the table of settings has them; the type stands at the field."""
    row = setting(name)
    if row.maker is not None:
        return Field(default_factory=row.maker, **row.bounds.given())
    return Field(row.default, **row.bounds.given())


class RunConfig(BaseModel):
    """What one run does. Paths are absolute by the time they stand here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...] = Field(min_length=setting("inputs").bounds.min_length)
    """Files, directories or globs, as given."""
    output_csv: Path | None = _declared("output_csv")
    """The merged CSV; None with `-p` alone."""
    output_parquet: Path | None = _declared("output_parquet")
    """The merged Parquet file; None with `--no-parquet`."""
    parquet_compat: bool = _declared("parquet_compat")
    """Whether the Parquet file has only what the oldest readers take."""
    workers: int = _declared("workers")
    """Worker processes."""
    chunk_bytes: int = _declared("chunk_bytes")
    """Largest number of input bytes that one task reads."""
    sample_frac: float = _declared("sample_frac")
    """Share of the rows that the estimates are made from; not used with a `target_error`."""
    allocation: Allocation = _declared("allocation")
    """How the sample is shared out among the strata."""
    target_error: float | None = _declared("target_error")
    """Half width of the 95 % intervals, in parts of the exact totals, that the sample is for; None: by fraction."""
    target_per: TargetScope = _declared("target_per")
    """Whether that holds for each measure's total, or for those of each stratum as well."""
    layout: str = _declared("layout")
    """Name of the record layout, or `auto` to detect it."""
    struct_config: Path | None = _declared("struct_config")
    """Layout file to use instead of the layouts that the home knows: its own and those that ship with the engine."""
    force_text_fallback: bool = _declared("force_text_fallback")
    """Read binary-looking files as text."""
    stratum: str | None = _declared("stratum")
    """Stratum column; None for the layout's, else one is chosen and said."""
    measures: tuple[str, ...] = _declared("measures")
    """Measure columns; empty for the layout's, else all numeric columns."""
    max_size_gb: float | None = _declared("max_size_gb")
    """Refuse inputs larger than this in all (10**9 bytes)."""
    timeout: float = _declared("timeout")
    """Seconds after which the run is stopped."""
    max_rejects: int | None = _declared("max_rejects")
    """Rejects allowed before the run fails; None for no limit."""
    retries: int = _declared("retries")
    """Attempts repeated after a transient read error."""
    seed: int = _declared("seed")
    """Seed of the sample."""
    user: str = _declared("user")
    """Who runs it, for the audit log and the report."""
    home: Path = _declared("home")
    """Folder of `data/ output/ report/ .secrets/`."""
    report: Path | None = _declared("report")
    """Where the report also goes; None for `report/etl_quantum_report.html`."""
    profile: bool = _declared("profile")
    """Whether the metadata and the report say where the CPU seconds went."""
    cluster: str | None = _declared("cluster")
    """Address of a Dask scheduler; None for processes of this machine."""
    rerun_of: str | None = _declared("rerun_of")
    """The run this one repeats with changes."""

    @model_validator(mode="after")
    def _has_an_output(self) -> RunConfig:
        if self.output_csv is None and self.output_parquet is None:
            raise ValueError(sentences.command_line.NO_OUTPUT)
        if self.output_csv is not None and self.output_csv == self.output_parquet:
            raise ValueError(sentences.command_line.SAME_OUTPUT)
        return self

    @model_validator(mode="after")
    def _has_one_size(self) -> RunConfig:
        if self.target_error is not None and self.sample_frac != DEFAULT_SAMPLE_FRAC:
            raise ValueError(sentences.command_line.TWO_SIZES)
        if self.target_error is None and self.target_per is not TargetScope.MEASURE:
            raise ValueError(sentences.command_line.SCOPE_WITHOUT_ERROR)
        return self

    def to_json(self) -> dict[str, Any]:
        """The configuration as plain JSON values, as `config.json` keeps it."""
        return self.model_dump(mode="json")


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
