"""Launch form without its looks: the values to start from, what is wrong with them, and the configuration they make."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from etl_batch.browsing import original_name
from etl_batch.config import (
    AUTO_LAYOUT,
    DEFAULT_CHUNK_BYTES,
    DEFAULT_SAMPLE_FRAC,
    DEFAULT_TIMEOUT_SECONDS,
    RunConfig,
    machine_cores,
)
from etl_batch.errors import EtlError
from etl_batch.layouts import SHIPPED_LAYOUTS, load_layouts
from etl_batch.limits import read_limits
from etl_batch.model import Allocation, TargetScope
from etl_batch.previews import PreviewColumn
from etl_batch.reporting.formatting import file_size, visible
from etl_batch.runs.processes.process import ENGINE, config_to_argv
from etl_batch.security.paths import Roots, allowed_roots, resolve_inputs, resolve_output

NO_INPUT_PICKED = "Pick at least one file, folder or pattern."
NO_OUTPUT = "Name a CSV output, a Parquet output, or both."
SAME_OUTPUT = "The CSV and the Parquet output are the same file; name two."
IS_INPUT = "This is one of the inputs; write to another file."
IS_OUTPUT = "This is an output of this run; name another file."
NO_SEED = "The seed is a whole number from 0, such as 42."
NO_COLUMN = "There is no column {name} in this input; choose another one, or none for the automatic choice."
NO_NUMBERS = "Column {name} holds no numbers, so it has no total; choose a numeric column."
TOO_LARGE = "The input has {size}, more than this; raise the limit or pick less."
MERGED = "merged"
MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class LaunchValues:
    """What the form's fields hold. Paths are as typed: absolute, or relative to the home."""

    inputs: tuple[str, ...]
    output_csv: str = ""
    output_parquet: str = ""
    workers: int = field(default_factory=machine_cores)
    chunk_bytes: int = DEFAULT_CHUNK_BYTES
    sample_frac: float = DEFAULT_SAMPLE_FRAC
    allocation: str = Allocation.SQRT
    target_error: float | None = None
    """In per cent."""
    target_per: str = TargetScope.MEASURE
    layout: str = AUTO_LAYOUT
    struct_config: str = ""
    force_text: bool = False
    stratum: str | None = None
    measures: tuple[str, ...] = ()
    max_size_gb: float | None = None
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    max_rejects: int | None = None
    retries: int = 3
    seed: str = "0"
    """As typed: browsers round whole numbers past 2**53."""
    report: str = ""
    base: Mapping[str, Any] = field(default_factory=dict)
    """Configuration that is repeated: what the form has no field for is taken from there."""
    rerun_of: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The files that the inputs stand for, or the sentence that says what is missing."""

    files: tuple[Path, ...] = ()
    problem: str | None = None

    def size(self) -> int:
        """Bytes of all files that are there."""
        return sum(path.stat().st_size for path in self.files if path.exists())


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: a configuration, or what is wrong by field."""

    config: RunConfig | None
    problems: dict[str, str]


def shown_path(home: Path, path: str | Path | None) -> str:
    """A path as the form shows it: relative to the home when it lies in it."""
    if path is None:
        return ""
    return str(Path(path).relative_to(home)) if Path(path).is_relative_to(home) else str(path)


def real_path(home: Path, typed: str) -> Path:
    """The path that was typed, taken from the home."""
    return home / typed.strip()


def fresh_values(home: Path, inputs: Sequence[str]) -> LaunchValues:
    """Values for inputs that were just picked: outputs named after the only one."""
    stem = _stem(home, inputs[0]) if len(inputs) == 1 else MERGED
    timeout = float(read_limits(home).timeout_seconds)
    values = LaunchValues(tuple(inputs), f"output/{stem}.csv", f"output/{stem}.parquet", timeout=timeout)
    # An input under output/ must not be its own output.
    taken = {real_path(home, typed) for typed in inputs}
    if taken & {real_path(home, values.output_csv), real_path(home, values.output_parquet)}:
        return replace(values, output_csv=f"output/{stem}-2.csv", output_parquet=f"output/{stem}-2.parquet")
    return values


def _stem(home: Path, typed: str) -> str:
    """What the outputs of one input are called: an uploaded file's are named as it was before the upload."""
    original = re.sub(r"[^\w.-]+", "_", original_name(real_path(home, typed)) or "").lstrip(".")
    return Path(original or typed.rstrip("/*")).stem.strip("*?[]") or "output"


def values_of_config(home: Path, config: Mapping[str, Any], rerun_of: str | None = None) -> LaunchValues:
    """Values that repeat a configuration, such as a past run's `config.json` or a preset's."""

    def given(name: str, default: Any) -> Any:
        value = config.get(name)
        return default if value is None else value

    return LaunchValues(
        inputs=tuple(shown_path(home, each) for each in given("inputs", ())),
        output_csv=shown_path(home, config.get("output_csv")),
        output_parquet=shown_path(home, config.get("output_parquet")),
        workers=given("workers", machine_cores()),
        chunk_bytes=given("chunk_bytes", DEFAULT_CHUNK_BYTES),
        sample_frac=given("sample_frac", DEFAULT_SAMPLE_FRAC),
        allocation=given("allocation", Allocation.SQRT),
        target_error=None if config.get("target_error") is None else round(config["target_error"] * 100, 9),
        target_per=given("target_per", TargetScope.MEASURE),
        layout=given("layout", AUTO_LAYOUT),
        struct_config=shown_path(home, config.get("struct_config")),
        force_text=bool(config.get("force_text_fallback")),
        stratum=config.get("stratum"),
        measures=tuple(given("measures", ())),
        max_size_gb=config.get("max_size_gb"),
        timeout=given("timeout", DEFAULT_TIMEOUT_SECONDS),
        max_rejects=config.get("max_rejects"),
        retries=given("retries", 3),
        seed=str(given("seed", 0)),
        report=shown_path(home, config.get("report")),
        base=dict(config),
        rerun_of=rerun_of,
    )


def input_patterns(home: Path, inputs: Sequence[str]) -> tuple[str, ...]:
    """The inputs as a configuration names them: absolute."""
    return tuple(str(real_path(home, typed)) for typed in inputs if typed.strip())


def find_inputs(home: Path, inputs: Sequence[str]) -> Found:
    """The files that the run would read; every input that is missing or may not be read is told."""
    roots = allowed_roots(home)
    problems: list[str] = []
    files: dict[Path, None] = {}
    for pattern in input_patterns(home, inputs):
        try:
            files |= dict.fromkeys(resolve_inputs([pattern], roots))
        except EtlError as error:
            problems.append(error.message)
    if not files and not problems:
        problems.append(NO_INPUT_PICKED)
    if len(problems) > MOST_SENTENCES:
        problems[MOST_SENTENCES:] = [f"And {len(problems) - MOST_SENTENCES} more."]
    return Found(tuple(sorted(files)), " ".join(problems) or None)


def check(values: LaunchValues, home: Path, user: str, found: Found, columns: Sequence[PreviewColumn] = ()) -> Checked:
    """Everything that can be known to be wrong before the click, each with the field it stands beside.

    `found`: what `find_inputs` says of the inputs; `columns`: those of the preview, empty when there is none.
    """
    problems: dict[str, str] = {} if found.problem is None else {"inputs": found.problem}
    targets = _check_paths(values, home, allowed_roots(home), found.files, problems)
    _check_columns(values, columns, problems)
    if values.max_size_gb is not None and values.max_size_gb > 0 and found.size() > values.max_size_gb * 1e9:
        problems["max_size_gb"] = TOO_LARGE.format(size=file_size(found.size()))
    seed = values.seed.strip()
    if not (seed.isascii() and seed.isdigit()):
        problems["seed"] = NO_SEED
    raw = dict(values.base) | {
        "inputs": input_patterns(home, values.inputs),
        "output_csv": targets.get("output_csv"),
        "output_parquet": targets.get("output_parquet"),
        "report": targets.get("report"),
        "workers": values.workers,
        "chunk_bytes": values.chunk_bytes,
        "allocation": values.allocation,
        **_sample_size(values),
        "layout": values.layout,
        "struct_config": real_path(home, values.struct_config) if values.struct_config.strip() else None,
        "force_text_fallback": values.force_text,
        "stratum": values.stratum,
        "measures": values.measures,
        "max_size_gb": values.max_size_gb,
        "timeout": values.timeout,
        "max_rejects": values.max_rejects,
        "retries": values.retries,
        "seed": 0 if "seed" in problems else int(seed),
        "user": user,
        "home": home,
        "rerun_of": values.rerun_of,
    }
    config = _build(raw, problems)
    return Checked(None if problems else config, problems)


def _sample_size(values: LaunchValues) -> dict[str, Any]:
    """The fraction, or the error to be reached, which then decides alone."""
    if values.target_error is None:
        return {"sample_frac": values.sample_frac, "target_error": None, "target_per": TargetScope.MEASURE}
    target = round(values.target_error / 100, 11)
    return {"sample_frac": DEFAULT_SAMPLE_FRAC, "target_error": target, "target_per": values.target_per}


def _check_paths(
    values: LaunchValues, home: Path, roots: Roots, files: Sequence[Path], problems: dict[str, str]
) -> dict[str, Path]:
    """The outputs and the report by field, as configured; what is wrong with them goes to `problems`."""
    typed = {"output_csv": values.output_csv, "output_parquet": values.output_parquet, "report": values.report}
    targets = {name: real_path(home, path) for name, path in typed.items() if path.strip()}
    inputs = set(files)
    for name, target in targets.items():
        _try(problems, name, lambda target=target: resolve_output(target, roots))  # type: ignore[misc]
        if target in inputs:
            problems.setdefault(name, IS_INPUT)
    outputs = [targets.get("output_csv"), targets.get("output_parquet")]
    if outputs == [None, None]:
        problems["output_csv"] = NO_OUTPUT
    elif outputs[0] == outputs[1]:
        problems.setdefault("output_csv", SAME_OUTPUT)
    if targets.get("report") is not None and targets["report"] in outputs:
        problems.setdefault("report", IS_OUTPUT)
    if values.struct_config.strip():
        path = real_path(home, values.struct_config)
        if path != SHIPPED_LAYOUTS:
            _try(problems, "struct_config", lambda: resolve_inputs([path], roots))
        if "struct_config" not in problems:
            _try(problems, "struct_config", lambda: load_layouts(path))
    return targets


def _check_columns(values: LaunchValues, columns: Sequence[PreviewColumn], problems: dict[str, str]) -> None:
    if not columns:
        return
    measurable = {column.name: column.measurable for column in columns}
    if values.stratum is not None and values.stratum not in measurable:
        problems["stratum"] = NO_COLUMN.format(name=visible(repr(values.stratum), 60))
    for name in values.measures:
        if not measurable.get(name, False):
            sentence = NO_NUMBERS if name in measurable else NO_COLUMN
            problems.setdefault("measures", sentence.format(name=visible(repr(name), 60)))


def _try(problems: dict[str, str], name: str, action: Callable[[], Any]) -> None:
    try:
        action()
    except EtlError as error:
        problems[name] = error.message


def _build(raw: Mapping[str, Any], problems: dict[str, str]) -> RunConfig | None:
    try:
        return RunConfig(**{name: value for name, value in raw.items() if name in RunConfig.model_fields})
    except ValidationError as error:
        for item in error.errors():
            # Errors without a place are about the two outputs, and are told already.
            if item["loc"]:
                problems.setdefault(str(item["loc"][0]), f"{item['msg'].removeprefix('Value error, ')}.")
        return None


def command_line(config: RunConfig) -> str:
    """The command that does the same from any folder of this machine."""
    roots = os.environ.get("ETL_ALLOWED_ROOTS")
    allowed = f"ETL_ALLOWED_ROOTS={shlex.quote(roots)} " if roots else ""
    return allowed + shlex.join([sys.executable, str(ENGINE), *config_to_argv(config)])
