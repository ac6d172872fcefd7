"""What a run will come to, as far as can be told before it: rows, seconds, size of the outputs, room on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl_batch.defaults import machine_cores
from etl_batch.previews import Preview
from etl_batch.reporting.formatting import counted, file_size
from etl_batch.runs.history.rates import STARTUP_SECONDS, Rates, rates_for, recent_runs
from etl_batch.stores.url import Url
from etl_batch.ui.launch import wording

PARQUET_SHARE = 0.6
"""Parquet bytes per CSV byte until a run has told."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Estimates of a run. `room` is the sentence about a disk that is too full, or None."""

    input_bytes: int
    rows: int
    seconds: float
    output_bytes: int
    runs: int
    files: int
    """How many of the outputs are files."""
    objects: int
    """How many of them are objects of a store."""
    room: str | None = None

    @property
    def where(self) -> str:
        """Where the outputs go: objects by way of the home's disk."""
        if not self.objects:
            return wording.ON_THE_DISK
        return wording.TO_BOTH if self.files else wording.TO_THE_STORE

    @property
    def basis(self) -> str:
        """What the time is judged by."""
        return wording.BY_PAST_RUNS.format(runs=counted(self.runs, "run")) if self.runs else wording.BY_DEFAULT


def outlook(
    home: Path, preview: Preview, input_bytes: int, workers: int, outputs: Mapping[str, Path | None]
) -> Outlook:
    """The estimates for inputs of `input_bytes` in all that look like the preview. `outputs`: `csv`, `parquet`."""
    kinds = [(preview.source.format, preview.source.layout)]
    rates = rates_for(kinds, machine_cores(), recent_runs(home))
    rows = scaled_rows(preview, input_bytes)
    sizes = _output_sizes(rates, input_bytes, rows * preview.row_bytes, outputs)
    paths = [path for path in outputs.values() if path is not None]
    objects = sum(isinstance(path, Url) for path in paths)
    speed = rates.bytes_per_worker_second * max(min(workers, machine_cores()), 1)
    return Outlook(
        input_bytes=input_bytes,
        rows=rows,
        seconds=STARTUP_SECONDS + input_bytes / speed,
        output_bytes=sum(sizes.values()),
        runs=rates.runs,
        files=len(paths) - objects,
        objects=objects,
        room=room_sentence([(_folder(home, path), sizes[name]) for name, path in outputs.items() if path is not None]),
    )


def scaled_rows(preview: Preview, input_bytes: int) -> int:
    """Rows of all inputs, judged by those that were looked at."""
    return round(preview.rows_estimate * input_bytes / max(preview.bytes_looked_at, 1.0))


def _output_sizes(
    rates: Rates, input_bytes: int, csv_bytes: float, outputs: Mapping[str, Path | None]
) -> dict[str, int]:
    csv = rates.csv_ratio * input_bytes if rates.csv_ratio is not None else csv_bytes
    parquet = rates.parquet_ratio * input_bytes if rates.parquet_ratio is not None else csv * PARQUET_SHARE
    sizes = {"csv": round(csv), "parquet": round(parquet)}
    return {name: size for name, size in sizes.items() if outputs.get(name) is not None}


def _folder(home: Path, output: Path) -> Path:
    """Where an output is written: an object is staged in the home."""
    return home / "output" if isinstance(output, Url) else output.parent


def room_sentence(needs: Sequence[tuple[Path, int]]) -> str | None:
    """Whether the disks have room for files of these sizes in these folders, which need not exist yet."""
    wanted: dict[int, tuple[Path, int]] = {}
    for folder, size in needs:
        place = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
        try:
            device = place.stat().st_dev
        except OSError:
            continue
        first, so_far = wanted.get(device, (folder, 0))
        wanted[device] = first, so_far + size
    for folder, needed in wanted.values():
        place = next(each for each in (folder, *folder.parents) if each.is_dir())
        free = shutil.disk_usage(place).free
        if needed > free:
            return wording.NO_ROOM.format(needed=file_size(needed), folder=folder, free=file_size(free))
    return None
