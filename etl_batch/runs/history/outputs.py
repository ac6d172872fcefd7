"""Which outputs there are, by what the runs say they have written: no file of data is opened here."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from etl_batch.model import RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.record.values import Json, parse_object, read_object
from etl_batch.stores.url import path_of

HEAD_BYTES = 16 * 1024
"""Where a run's outputs stand in its metadata, unless it had very many inputs."""
CLOCK_SECONDS, COARSE_SECONDS = 0.02, 2.0
"""How far a file's time may be from the moments that its run notes down: the kernel stamps files by its tick (at most
10 ms), some disks keep whole seconds. More would take the last bytes of one run for those of the run right after it."""
KINDS = ("csv", "parquet")
# Inside a JSON string the quotes would have backslashes before them.
_BEFORE_CONFIG, _BEFORE_OUTPUTS = ', "config": ', ', "outputs": '


@dataclass(frozen=True, slots=True)
class Written:
    """One output as one run has written it."""

    run_id: str
    kind: str
    path: Path
    bytes: int
    rows: int
    sha256: str
    started_at: str
    finished_at: str
    manifest_bytes: int = 0
    """Of a folder of parts, whose manifest stands for it; 0 for a file."""

    def seconds_away(self, found: os.stat_result) -> float:
        """How far from this run a file got its last byte, in seconds: 0 within the run; infinite for another size."""
        if found.st_size != (self.manifest_bytes or self.bytes):
            return math.inf
        begun, ended = _seconds(self.started_at), _seconds(self.finished_at)
        return max(begun - found.st_mtime, found.st_mtime - ended, 0.0)


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0


class _Cache:
    """What each run wrote, read once for each state of its metadata."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: dict[str, tuple[tuple[int, int], tuple[Written, ...]]] = {}
        self.by_path: Mapping[Path, tuple[Written, ...]] = {}

    def refresh(self, home: Path) -> Mapping[Path, tuple[Written, ...]]:
        """The outputs of every run by path, newest run first; only what changed since the last look is read again."""
        root = home / "output" / "runs"
        with self.lock:
            seen = {name: self._look(root, name) for name in _names(root)}
            known = {name: entry for name, entry in seen.items() if entry is not None}
            # Mostly nothing has changed; equal entries are the same objects, so that this takes no time.
            if known != self.known:
                self.known, self.by_path = known, _by_path(known[name][1] for name in sorted(known, reverse=True))
            return self.by_path

    def _look(self, root: Path, name: str) -> tuple[tuple[int, int], tuple[Written, ...]] | None:
        path = f"{root}/{name}/metadata.json"
        try:
            found = os.stat(path)  # noqa: PTH116 - thousands of times on a page load, and a Path object costs more
        except OSError:
            return None
        stamp = (found.st_mtime_ns, found.st_size)
        known = self.known.get(name)
        return known if known is not None and known[0] == stamp else (stamp, tuple(_read(Path(path), name)))


_LOCK = threading.Lock()
_CACHES: dict[Path, _Cache] = {}


def every_output(home: Path) -> Mapping[Path, tuple[Written, ...]]:
    """Each output that a successful run wrote, with those who wrote it: newest first, and so are the outputs.

    Every run is looked at for it: whoever asks about several outputs asks once.
    """
    with _LOCK:
        cache = _CACHES.setdefault(home, _Cache())
    return cache.refresh(home)


def _by_path(runs: Iterable[Sequence[Written]]) -> dict[Path, tuple[Written, ...]]:
    found: dict[Path, list[Written]] = {}
    for outputs in runs:
        for output in outputs:
            found.setdefault(output.path, []).append(output)
    return {path: tuple(writers) for path, writers in found.items()}


def maker_of(found: os.stat_result, writers: Sequence[Written]) -> Written | None:
    """The run whose bytes a file holds, by its size and by when its last byte was written.

    None when no run was at work then: the file was changed since, or its run is gone. Runs that write one output
    never overlap, so that the nearest is the one.
    """
    nearest, least = None, math.inf
    for written in writers:
        away = written.seconds_away(found)
        if away < least:
            nearest, least = written, away
        if not away:
            break  # mostly the newest of thousands
    slack = CLOCK_SECONDS if found.st_mtime_ns % 10**9 else COARSE_SECONDS
    return nearest if least <= slack else None


def _names(root: Path) -> list[str]:
    try:
        with os.scandir(root) as entries:
            return [entry.name for entry in entries if entry.name[0] != "."]
    except OSError:
        return []


def _read(path: Path, run_id: str) -> Iterator[Written]:
    record = RunRecord.from_json(_head(path) or read_object(path))
    yield from written_by(replace(record, run_id=run_id))


def written_by(record: RunRecord) -> Iterator[Written]:
    """The outputs of a run, none when it is no success."""
    if record.status is not RunStatus.SUCCESS:
        return
    for kind, output in record.outputs.items():
        if kind in KINDS and output.path:
            yield Written(
                run_id=record.run_id,
                kind=kind,
                path=path_of(output.path),
                bytes=output.bytes,
                rows=output.rows,
                sha256=output.sha256,
                started_at=record.started_at,
                finished_at=record.finished_at,
                manifest_bytes=0 if output.parts is None else output.parts.manifest_bytes,
            )


def _head(path: Path) -> dict[str, Json] | None:
    """Status, times and outputs off the head of the metadata: estimates make it long, and stand behind them.

    None when they do not stand there, as in a short file, with very many inputs, or in another writer's order.
    """
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES:
            return None
        facts = parse_object(head[: head.index(_BEFORE_CONFIG)] + "}")
        begin = head.index(_BEFORE_OUTPUTS) + len(_BEFORE_OUTPUTS)
        return None if facts is None else {**facts, "outputs": json.JSONDecoder().raw_decode(head, begin)[0]}
    except (OSError, ValueError, RecursionError):
        return None
