"""Launch form without its looks: the values to start from, what is wrong with them, and the configuration they make."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic_core import ValidationError

from etl_batch import browsing
from etl_batch.config import RunConfig
from etl_batch.errors import EtlError
from etl_batch.layouts import SHIPPED_LAYOUTS, load_layouts
from etl_batch.limits import read_limits
from etl_batch.model import OnBadFile, TargetScope
from etl_batch.previews import PreviewColumn
from etl_batch.reading_options import AS_DETECTED, READING, ReadingOptions
from etl_batch.record.originals import original_name
from etl_batch.reporting.formatting import file_size, quantity, visible
from etl_batch.schemas.spec import load_schema
from etl_batch.security.guard import Roots, allowed_roots
from etl_batch.security.leftovers import Choice
from etl_batch.security.paths import find_input_files, resolve_inputs, resolve_output
from etl_batch.settings import DEFAULT_SAMPLE_FRAC, SETTINGS, Setter, Setting, SettingKind, is_setting, setting
from etl_batch.spelling import as_named, encodable
from etl_batch.stores.url import Url, is_url
from etl_batch.ui.launch import wording

MERGED = "merged"
MOST_SENTENCES = 3
MOST_WHOLE = 2**53 - 1
"""The largest whole number that a browser does not round."""
FORM = tuple(row for row in SETTINGS if row.setter is Setter.SUPER_ADMIN)
"""The settings that have a field."""
_STEM_BYTES = 200
"""Of an output's name: what a name has behind it, while it is staged and as a backup, must have room."""


@dataclass(frozen=True, slots=True)
class LaunchValues:
    """What the form's fields hold, by setting: `values["layout"]`. Paths are as typed: absolute, or from the home."""

    held: Mapping[str, Any]
    base: Mapping[str, Any] = field(default_factory=dict)
    """Configuration that is repeated: what the form has no field for is taken from there."""
    rerun_of: str | None = None

    def __getitem__(self, name: str) -> Any:
        return self.held[name]

    def having(self, **changes: Any) -> LaunchValues:
        """The same values but for some fields."""
        return replace(self, held={**self.held, **changes})


@dataclass(frozen=True, slots=True)
class FoundInputs:
    """The files that the inputs stand for, or the sentence that says what is missing."""

    files: tuple[Path, ...] = ()
    problem: str | None = None

    def size(self) -> int:
        """Bytes of all files that are there."""
        sizes = 0
        for path in self.files:
            with suppress(OSError, EtlError):
                sizes += browsing.state_of(path)[1]
        return sizes


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: a configuration, or what is wrong by field."""

    config: RunConfig | None
    problems: dict[str, str]


def shown_path(home: Path, path: str | Path | None) -> str:
    """A path as the form shows it: relative to the home when it lies in it, in letters that reach a browser."""
    if path is None:
        return ""
    return encodable(str(Path(path).relative_to(home)) if Path(path).is_relative_to(home) else str(path))


def real_path(home: Path, typed: str) -> Path:
    """The path that was typed, taken from the home; one whose name is no UTF-8 is there only as it is spelled.

    A URL as it stands, right or wrong: whoever uses it is told.
    """
    if is_url(typed.strip()):
        return Url(typed.strip().replace("://", ":/", 1))
    path, named = home / typed.strip(), home / as_named(typed.strip())
    return named if named != path and not os.path.lexists(path) and os.path.lexists(named) else path


def is_typed(row: Setting) -> bool:
    """Whether a whole number is typed as text, because it may be one that browsers round."""
    return row.kind is SettingKind.WHOLE and row.bounds.most is not None and row.bounds.most > MOST_WHOLE


def as_shown(home: Path, row: Setting, value: Any) -> Any:
    """A setting's value as its field holds it."""
    if row.kind is SettingKind.INPUTS:
        return tuple(shown_path(home, each) for each in value or ())
    if row.kind.path:
        return shown_path(home, value)
    if row.kind is SettingKind.LIMIT:
        return "" if value is None else str(value)
    if row.kind is SettingKind.WORD and row.optional:
        return value or ""
    if value is None:
        return value
    if row.form.scale != 1:
        return round(value * row.form.scale, 9)
    if row.kind is SettingKind.CHOICE or is_typed(row):
        return str(value)
    return tuple(value) if row.kind.many else value


def as_configured(home: Path, row: Setting, held: Any) -> Any:
    """What a field holds as the setting's value: the way back from `as_shown`."""
    if row.kind is SettingKind.INPUTS:
        return input_patterns(home, held)
    if row.kind.path:
        return real_path(home, held) if held.strip() else None
    if row.kind is SettingKind.LIMIT:
        return int(held) if is_whole(held) else held.strip() or None
    if row.kind is SettingKind.WORD and row.optional:
        return held.strip() or None
    if held is not None and row.form.scale != 1:
        return round(held / row.form.scale, 11)
    if is_typed(row):
        return int(held) if is_whole(held) else row.default
    return held


def reading_options(home: Path, values: LaunchValues) -> ReadingOptions:
    """How the fields say that inputs are to be read."""
    return ReadingOptions.of({name: as_configured(home, setting(name), values[name]) for name in READING})


def is_whole(typed: str) -> bool:
    """Whether a text is a whole number from 0."""
    return typed.strip().isascii() and typed.strip().isdigit()


def fresh_values(home: Path, inputs: Sequence[str]) -> LaunchValues:
    """Values for inputs that were just picked: outputs named after the only one."""
    stem = _stem(home, inputs[0]) if len(inputs) == 1 else MERGED
    # An input under output/ must not be its own output.
    names = [f"output/{stem}.csv", f"output/{stem}.parquet"]
    if {real_path(home, typed) for typed in inputs} & {real_path(home, name) for name in names}:
        names = [f"output/{stem}-2.csv", f"output/{stem}-2.parquet"]
    timeout = float(read_limits(home).timeout_seconds)
    held = {row.name: as_shown(home, row, row.start()) for row in FORM}
    return LaunchValues(
        held | {"inputs": tuple(inputs), "output_csv": names[0], "output_parquet": names[1], "timeout": timeout}
    )


def _stem(home: Path, typed: str) -> str:
    """What the outputs of one input are called: an uploaded file's are named as it was before the upload."""
    original = re.sub(r"[^\w.-]+", "_", original_name(real_path(home, typed)) or "").lstrip(".")
    stem = Path(original or typed.rstrip("/*")).stem.strip("*?[]") or "output"
    return stem.encode()[:_STEM_BYTES].decode(errors="ignore")


def values_of_config(home: Path, config: Mapping[str, Any], rerun_of: str | None = None) -> LaunchValues:
    """Values that repeat a configuration, such as a past run's `config.json` or a preset's."""
    given = {row: config.get(row.name) for row in FORM}
    held = {row.name: as_shown(home, row, row.start() if value is None else value) for row, value in given.items()}
    return LaunchValues(held, base=dict(config), rerun_of=rerun_of)


def input_patterns(home: Path, inputs: Sequence[str]) -> tuple[str, ...]:
    """The inputs as a configuration names them: absolute."""
    named = (typed.strip() for typed in inputs if typed.strip())
    return tuple(typed if is_url(typed) else str(real_path(home, typed)) for typed in named)


def find_inputs(home: Path, inputs: Sequence[str], options: ReadingOptions = AS_DETECTED) -> FoundInputs:
    """The files that the run would read; every input that is missing or may not be read is told."""
    choice, lenient = Choice(options.include, options.exclude), options.on_bad_file == OnBadFile.SKIP
    roots = allowed_roots(home)
    problems: list[str] = []
    files: dict[Path, None] = {}
    for pattern in input_patterns(home, inputs):
        try:
            found = find_input_files([pattern], roots, choice, lenient=lenient)
            files |= dict.fromkeys(file.path for file in found.files)
        except EtlError as error:
            problems.append(error.message)
    if not files and not problems:
        problems.append(wording.NO_INPUT_PICKED)
    if len(problems) > MOST_SENTENCES:
        problems[MOST_SENTENCES:] = [wording.MORE_PROBLEMS.format(number=quantity(len(problems) - MOST_SENTENCES))]
    return FoundInputs(tuple(sorted(files)), " ".join(problems) or None)


def check(
    values: LaunchValues, home: Path, user: str, found: FoundInputs, columns: Sequence[PreviewColumn] = ()
) -> Checked:
    """Everything that can be known to be wrong before the click, each with the field it stands beside.

    `found`: what `find_inputs` says of the inputs; `columns`: those of the preview, empty when there is none.
    """
    problems: dict[str, str] = {} if found.problem is None else {"inputs": found.problem}
    _check_paths(values, home, allowed_roots(home), found.files, problems)
    check_declared_files(values, home, allowed_roots(home), problems)
    _check_columns(values, columns, problems)
    _check_signs(values, problems)
    limit = values["max_size_gb"]
    if limit is not None and limit > 0 and found.size() > limit * 1e9:
        problems["max_size_gb"] = wording.TOO_LARGE.format(size=file_size(found.size()))
    for row in filter(is_typed, FORM):
        if not is_whole(values[row.name]):
            problems[row.name] = wording.NO_WHOLE.format(name=row.title.lower(), least=row.bounds.ge)
    raw = {**values.base, **{row.name: as_configured(home, row, values[row.name]) for row in FORM}}
    raw |= _sample_size(raw) | {"user": user, "home": home, "rerun_of": values.rerun_of}
    raw["unattended"] = False
    raw |= {"replay_of": None, "append": False}  # who repeats a replay with changes reads everything by them
    config = _build(raw, problems)
    return Checked(None if problems else config, problems)


def _sample_size(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The fraction, or the error to be reached, which then decides alone."""
    if raw["target_error"] is None:
        return {"target_per": TargetScope.MEASURE}
    return {"sample_frac": DEFAULT_SAMPLE_FRAC}


def _check_paths(
    values: LaunchValues, home: Path, roots: Roots, files: Sequence[Path], problems: dict[str, str]
) -> None:
    targets = {row.name: real_path(home, values[row.name]) for row in FORM if row.kind is SettingKind.OUTPUT}
    targets = {name: path for name, path in targets.items() if values[name].strip()}
    inputs = set(files)
    for name, target in targets.items():
        named = values[name].strip() if isinstance(target, Url) else target
        parts = name == "output_parquet" and bool(values["parts"])
        _try(problems, name, lambda named=named, parts=parts: resolve_output(named, roots, parts=parts))  # type: ignore[misc]
        if target in inputs or (parts and any(target in path.parents for path in inputs)):
            problems.setdefault(name, wording.IS_INPUT)
    outputs = [targets.get("output_csv"), targets.get("output_parquet")]
    if outputs == [None, None]:
        problems["output_csv"] = wording.NO_OUTPUT
    elif outputs[0] == outputs[1]:
        problems.setdefault("output_csv", wording.SAME_OUTPUT)
    if targets.get("report") is not None and targets["report"] in outputs:
        problems.setdefault("report", wording.IS_OUTPUT)
    if values["parts"]:
        _check_parts(targets, problems)


def _check_parts(targets: Mapping[str, Path], problems: dict[str, str]) -> None:
    """A folder of parts is that of a Parquet output, and nothing else of the run goes into it."""
    folder = targets.get("output_parquet")
    if folder is None:
        problems.setdefault("parts", wording.NO_PARQUET)
        return
    for name, target in targets.items():
        if folder in target.parents:
            problems.setdefault(name, wording.IN_PARTS)


def check_declared_files(values: LaunchValues, home: Path, roots: Roots, problems: dict[str, str]) -> None:
    """Layouts and a schema stand under the allowed folders, and are some."""
    readers: dict[str, Callable[[Path], Any]] = {"struct_config": load_layouts, "schema_file": load_schema}
    for name, read in readers.items():
        if not values[name].strip():
            continue
        path = real_path(home, values[name])
        if path != SHIPPED_LAYOUTS:
            _try(problems, name, lambda path=path: resolve_inputs([path], roots))  # type: ignore[misc]
        if name not in problems:
            _try(problems, name, lambda path=path, read=read: read(path))  # type: ignore[misc]


def _check_signs(values: LaunchValues, problems: dict[str, str]) -> None:
    if values["thousands"] == (values["decimal"] or "."):
        problems["thousands"] = wording.SAME_SIGN


def _check_columns(values: LaunchValues, columns: Sequence[PreviewColumn], problems: dict[str, str]) -> None:
    if not columns:
        return
    measurable = {column.name: column.measurable for column in columns}
    if values["stratum"] is not None and values["stratum"] not in measurable:
        problems["stratum"] = wording.NO_COLUMN.format(name=visible(repr(values["stratum"]), 60))
    for name in values["measures"]:
        if not measurable.get(name, False):
            sentence = wording.NO_NUMBERS if name in measurable else wording.NO_COLUMN
            problems.setdefault("measures", sentence.format(name=visible(repr(name), 60)))


def _try(problems: dict[str, str], name: str, action: Callable[[], Any]) -> None:
    try:
        action()
    except EtlError as error:
        problems[name] = error.message


def _build(raw: Mapping[str, Any], problems: dict[str, str]) -> RunConfig | None:
    try:
        return RunConfig(**{name: value for name, value in raw.items() if is_setting(name)})
    except ValidationError as error:
        for item in error.errors():
            # Errors without a place are about the two outputs, and are told already.
            if item["loc"]:
                problems.setdefault(str(item["loc"][0]), f"{item['msg'].removeprefix('Value error, ')}.")
        return None
