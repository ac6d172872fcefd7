"""Launch form without its looks: the values to start from, what is wrong with them, and the configuration they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from etl_batch.config import (
    AUTO_LAYOUT,
    DEFAULT_SAMPLE_FRAC,
    DEFAULT_TIMEOUT_SECONDS,
    RunConfig,
    machine_cores,
)
from etl_batch.errors import EtlError
from etl_batch.runs.directory import read_json
from etl_batch.security.paths import allowed_roots, resolve_inputs, resolve_output


@dataclass(frozen=True, slots=True)
class LaunchValues:
    """What the form's fields hold. Paths are as typed: absolute, or relative to the home."""

    input: str
    output_csv: str = ""
    output_parquet: str = ""
    workers: int = field(default_factory=machine_cores)
    sample_frac: float = DEFAULT_SAMPLE_FRAC
    layout: str = AUTO_LAYOUT
    stratum: str | None = None
    measures: tuple[str, ...] = ()
    max_rejects: int | None = None
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    base: Mapping[str, Any] = field(default_factory=dict)
    """Configuration of the run that is repeated: what the form has no field for is taken from there."""
    rerun_of: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: a configuration, or what is wrong by field. `files` are the inputs that were found."""

    config: RunConfig | None
    problems: dict[str, str]
    files: tuple[Path, ...] = ()


def shown_path(home: Path, path: str | Path | None) -> str:
    """A path as the form shows it: relative to the home when it lies in it."""
    if path is None:
        return ""
    return str(Path(path).relative_to(home)) if Path(path).is_relative_to(home) else str(path)


def real_path(home: Path, typed: str) -> Path:
    """The path that was typed, taken from the home."""
    return home / typed.strip()


def fresh_values(home: Path, typed: str) -> LaunchValues:
    """Values for an input that was just picked: outputs named after it."""
    stem = Path(typed.rstrip("/*")).stem.strip("*?[]") or "output"
    values = LaunchValues(typed, f"output/{stem}.csv", f"output/{stem}.parquet")
    # An input under output/ must not be its own output.
    if real_path(home, typed) in (real_path(home, values.output_csv), real_path(home, values.output_parquet)):
        return replace(values, output_csv=f"output/{stem}-2.csv", output_parquet=f"output/{stem}-2.parquet")
    return values


def values_of_run(home: Path, run_id: str, config: Mapping[str, Any]) -> LaunchValues:
    """Values that repeat a run; a run over several inputs shows the first in the field and repeats all."""
    inputs = config.get("inputs") or [""]
    return LaunchValues(
        input=shown_path(home, inputs[0]),
        output_csv=shown_path(home, config.get("output_csv")),
        output_parquet=shown_path(home, config.get("output_parquet")),
        workers=config.get("workers") or machine_cores(),
        sample_frac=config.get("sample_frac") or DEFAULT_SAMPLE_FRAC,
        layout=config.get("layout") or AUTO_LAYOUT,
        stratum=config.get("stratum"),
        measures=tuple(config.get("measures") or ()),
        max_rejects=config.get("max_rejects"),
        timeout=config.get("timeout") or DEFAULT_TIMEOUT_SECONDS,
        base=dict(config),
        rerun_of=run_id,
    )


def check(values: LaunchValues, home: Path, user: str) -> Checked:
    """Everything that can be known to be wrong before the click, each with the field it stands beside."""
    roots, problems = allowed_roots(home), dict[str, str]()
    files = _try(problems, "input", lambda: found_inputs(values, home)) or []
    targets = {name: real_path(home, typed) for name, typed in _typed_outputs(values) if typed.strip()}
    for name, target in targets.items():
        _try(problems, name, lambda target=target: resolve_output(target, roots))  # type: ignore[misc]
        if name not in problems and target in files:
            problems[name] = "This is one of the inputs; write to another file."
    raw = dict(values.base) | {
        "inputs": input_patterns(values, home),
        "output_csv": targets.get("output_csv"),
        "output_parquet": targets.get("output_parquet"),
        "workers": values.workers,
        "sample_frac": values.sample_frac,
        "layout": values.layout,
        "stratum": values.stratum,
        "measures": values.measures,
        "max_rejects": values.max_rejects,
        "timeout": values.timeout,
        "user": user,
        "home": home,
        "rerun_of": values.rerun_of,
    }
    config = _build(raw, problems)
    return Checked(None if problems else config, problems, tuple(files))


def found_inputs(values: LaunchValues, home: Path) -> list[Path]:
    """The files the run would read; raises `InputRefused` when there is none or one may not be read."""
    return resolve_inputs(input_patterns(values, home), allowed_roots(home))


def input_patterns(values: LaunchValues, home: Path) -> tuple[str, ...]:
    """What the run reads: the field, and for a repeated run whose field was not touched all of its inputs."""
    before = tuple(values.base.get("inputs") or ())
    if before and shown_path(home, before[0]) == values.input:
        return before
    return (str(real_path(home, values.input)),) if values.input.strip() else ()


def _typed_outputs(values: LaunchValues) -> tuple[tuple[str, str], ...]:
    return ("output_csv", values.output_csv), ("output_parquet", values.output_parquet)


def _try(problems: dict[str, str], name: str, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except EtlError as error:
        problems[name] = error.message
        return None


def _build(raw: Mapping[str, Any], problems: dict[str, str]) -> RunConfig | None:
    try:
        return RunConfig(**raw)
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else "output_csv"
            name = "input" if name == "inputs" else name
            problems.setdefault(name, f"{item['msg'].removeprefix('Value error, ')}.")
        return None


def original_name(path: Path) -> str | None:
    """The name an uploaded file had before it was given a safe one; None for files that were not uploaded."""
    name = (read_json(path.with_name(f".{path.name}.json")) or {}).get("original_name")
    return name if isinstance(name, str) and name else None
