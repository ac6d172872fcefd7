"""The registry of sinks: which outputs a run can have, and those that a configuration wants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch.files.beneath import Place
from etl_batch.files.staging import Staged, restage, stage, stage_folder
from etl_batch.sinks.csv_file import CsvSink
from etl_batch.sinks.parquet_file import ParquetSink
from etl_batch.sinks.sink import Sink

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

_sinks: list[type[Sink]] = [CsvSink, ParquetSink]


def register(new: type[Sink]) -> None:
    """Add a kind of output."""
    _sinks.append(new)


def unregister(former: type[Sink]) -> None:
    """Take a kind of output out again."""
    _sinks.remove(former)


def wanted_targets(config: RunConfig) -> dict[str, Path]:
    """Where the outputs of a configuration go, by the name of the sink; paths as given."""
    return {kind.name: path for kind in _sinks if (path := kind.target(config)) is not None}


def kinds_in_parts(config: RunConfig) -> set[str]:
    """Names of the sinks whose output is a folder of parts."""
    return {kind.name for kind in _sinks if kind.in_parts(config)}


def stage_sinks(
    targets: Mapping[str, Place], config: RunConfig, run_id: str, input_bytes: int, *, again: bool = False
) -> tuple[Sink, ...]:
    """A sink for each target, its empty staged file or folder beside it. Raises `OutputFailed`.

    `input_bytes`: of all that is read; `again`: what the run has staged before, where it is there.
    """

    def make(kind: type[Sink]) -> Staged:
        place = targets[kind.name]
        if place.parts:
            return stage_folder(place, run_id, again=again)
        return (restage if again else stage)(place, run_id)

    wanted = [kind for kind in _sinks if kind.name in targets]
    return tuple(kind.staged(make(kind), config, input_bytes) for kind in wanted)
