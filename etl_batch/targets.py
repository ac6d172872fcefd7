"""Where a run's outputs go: inside the allowed roots, apart from each other and from what it reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.config import RunConfig
from etl_batch.defaults import LATEST_REPORT
from etl_batch.errors import InputRefused, UsageError
from etl_batch.files.beneath import Place
from etl_batch.formats.source import AnySource
from etl_batch.security.guard import allowed_roots
from etl_batch.security.paths import resolve_output
from etl_batch.sinks.registry import kinds_in_parts, wanted_targets
from etl_batch.stores.url import path_of


@dataclass(frozen=True, slots=True)
class Targets:
    """The files that a run is to write."""

    outputs: Mapping[str, Place]
    """By the name of the sink."""
    report: Place
    """Where the report also goes."""

    @property
    def paths(self) -> list[Path]:
        """The outputs."""
        return [place.target for place in self.outputs.values()]


def resolve_targets(config: RunConfig) -> Targets:
    """The targets of a configuration. Raises `PathRefused`, and `UsageError` when the report is one of the outputs."""
    roots = allowed_roots(config.home)
    in_parts = kinds_in_parts(config)
    outputs = {
        name: resolve_output(path, roots, parts=name in in_parts) for name, path in wanted_targets(config).items()
    }
    report = resolve_output(config.report or config.home / "report" / LATEST_REPORT, roots)
    if report.path in {place.path for place in outputs.values()}:
        raise UsageError(sentences.command_line.REPORT_IS_OUTPUT.format(path=report.path))
    _refuse_inside([*(place.target for place in outputs.values()), report.path], outputs.values())
    return Targets(outputs, report)


def _refuse_inside(paths: Collection[Path], places: Collection[Place]) -> None:
    """Raise `UsageError` for what would stand in a folder of parts, which is replaced as a whole."""
    for folder in (place.target for place in places if place.parts):
        inside = next((path for path in paths if folder in path.parents), None)
        if inside is not None:
            raise UsageError(sentences.command_line.IN_PARTS.format(path=inside, folder=folder))


def refuse_overwriting_inputs(sources: Collection[AnySource], targets: Targets) -> None:
    """Raise `InputRefused` when an output, or the report, would replace one of the inputs."""
    inputs = {(version.device, version.inode) for source in sources if (version := source.version)}
    read = {source.path for source in sources}
    for place in targets.outputs.values():
        inside = next((path for path in read if place.parts and place.target in path_of(path).parents), None)
        if inside is not None:
            raise InputRefused(sentences.inputs.IS_OUTPUT.format(path=inside))
    for target in (*targets.paths, targets.report.path):
        if str(target) in read or (target.exists() and ((found := target.stat()).st_dev, found.st_ino) in inputs):
            raise InputRefused(sentences.inputs.IS_OUTPUT.format(path=target))
