"""The one configuration of a run: frozen, typed, validated once at the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl_batch.defaults import (
    AUTO_LAYOUT,
    DEFAULT_CHUNK_BYTES,
    DEFAULT_SAMPLE_FRAC,
    DEFAULT_TIMEOUT_SECONDS,
    PROJECT_ROOT,
    default_home,
    machine_cores,
)
from etl_batch.errors import UsageError
from etl_batch.model import Allocation, TargetScope


class RunConfig(BaseModel):
    """What one run does. Paths are absolute by the time they stand here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: Annotated[tuple[str, ...], Field(min_length=1)]
    """Files, directories or globs, as given."""
    output_csv: Path | None = None
    """The merged CSV; None with `-p` alone."""
    output_parquet: Path | None = None
    """The merged Parquet file; None with `--no-parquet`."""
    workers: Annotated[int, Field(ge=1, le=1024)] = Field(default_factory=machine_cores)
    """Worker processes."""
    chunk_bytes: Annotated[int, Field(ge=1)] = DEFAULT_CHUNK_BYTES
    """Largest number of input bytes that one task reads."""
    sample_frac: Annotated[float, Field(gt=0, le=1)] = DEFAULT_SAMPLE_FRAC
    """Share of the rows that the estimates are made from; not used with a `target_error`."""
    allocation: Allocation = Allocation.SQRT
    """How the sample is shared out among the strata."""
    target_error: Annotated[float, Field(gt=0, le=1)] | None = None
    """Half width of the 95 % intervals, in parts of the exact totals, that the sample is for; None: by fraction."""
    target_per: TargetScope = TargetScope.MEASURE
    """Whether that holds for each measure's total, or for those of each stratum as well."""
    layout: str = AUTO_LAYOUT
    """Name of the record layout, or `auto` to detect it."""
    struct_config: Path | None = None
    """Layout file to use instead of the layouts that the home knows: its own and those that ship with the engine."""
    force_text_fallback: bool = False
    """Read binary-looking files as text."""
    stratum: str | None = None
    """Stratum column; None for the layout's, else one is chosen and said."""
    measures: tuple[str, ...] = ()
    """Measure columns; empty for the layout's, else all numeric columns."""
    max_size_gb: Annotated[float, Field(gt=0)] | None = None
    """Refuse inputs larger than this in all (10**9 bytes)."""
    timeout: Annotated[float, Field(gt=0)] = DEFAULT_TIMEOUT_SECONDS
    """Seconds after which the run is stopped."""
    max_rejects: Annotated[int, Field(ge=0)] | None = None
    """Rejects allowed before the run fails; None for no limit."""
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    """Attempts repeated after a transient read error."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Seed of the sample."""
    user: str = "cli"
    """Who runs it, for the audit log and the report."""
    home: Path = Field(default_factory=default_home)
    """Folder of `data/ output/ report/ .secrets/`."""
    report: Path | None = None
    """Where the report also goes; None for `report/etl_quantum_report.html`."""
    cluster: str | None = None
    """Address of a Dask scheduler; None for processes of this machine."""
    rerun_of: str | None = None
    """The run this one repeats with changes."""

    @model_validator(mode="after")
    def _has_an_output(self) -> RunConfig:
        if self.output_csv is None and self.output_parquet is None:
            raise ValueError("no output: give -o/--output-csv, -p/--output-parquet or both")
        if self.output_csv is not None and self.output_csv == self.output_parquet:
            raise ValueError("the CSV and the Parquet output are the same file")
        return self

    @model_validator(mode="after")
    def _has_one_size(self) -> RunConfig:
        if self.target_error is not None and self.sample_frac != DEFAULT_SAMPLE_FRAC:
            raise ValueError("--target-error and --sample-frac both say how large the sample is; drop one of them")
        if self.target_error is None and self.target_per is not TargetScope.MEASURE:
            raise ValueError("--target-per says what --target-error holds for; name the error too, such as 1%")
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
        flag = f"--{name.replace('_', '-')}: " if name else ""
        reason = first["msg"].removeprefix("Value error, ")
        given = f" (given: {first['input']!r})" if name else ""
        raise UsageError(f"{flag}{reason}{given}.", field=name or None) from error


__all__ = [
    "AUTO_LAYOUT",
    "DEFAULT_CHUNK_BYTES",
    "DEFAULT_SAMPLE_FRAC",
    "DEFAULT_TIMEOUT_SECONDS",
    "PROJECT_ROOT",
    "RunConfig",
    "build_config",
    "default_home",
    "machine_cores",
]
