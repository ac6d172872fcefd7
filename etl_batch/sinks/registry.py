"""The registry of sinks: which outputs a run can have, and those that a configuration wants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch.files.beneath import Place
from etl_batch.files.staging import restage, stage
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


def stage_sinks(
    targets: Mapping[str, Place], config: RunConfig, run_id: str, *, again: bool = False
) -> tuple[Sink, ...]:
    """A sink for each target, its empty staged file beside it. Raises `OutputFailed`.

    `again`: the one that the run has staged before, where it is there.
    """
    make = restage if again else stage
    return tuple(kind.staged(make(targets[kind.name], run_id), config) for kind in _sinks if kind.name in targets)
