"""Retention: which runs, reports and backups go by age and by size, shown first, and deleting exactly those.

What is never planned: a run that waits or goes on, an output that stands in its place, the newest run and the newest
successful run of each output, and whatever lies outside the home's roots.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.files.parted import MANIFEST
from etl_batch.files.staging import remove_staged, remove_whole
from etl_batch.model import RunStatus
from etl_batch.record.values import JsonObject
from etl_batch.reporting.formatting import file_size
from etl_batch.runs.history.index import RunRow, list_runs
from etl_batch.runs.processes.verdict import staged_files
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from etl_batch.security.guard import allowed_roots, real_path
from etl_batch.stores.url import is_url

GIGABYTE = 10**9
ACTION = "history.prune"
_DAY = timedelta(days=1)
_MOST = 1_000_000
_BACKUP = re.compile(r".+\.bak\.(\d{8}T\d{6})(?:\.\d+)?Z")
_LEAVING = ".pruned-"
"""Begins the name of a run directory that is being deleted: nobody lists it any more."""
_BATCH = 100
"""So many deletions go on one audit record."""


class PruneKind(StrEnum):
    """What may go."""

    RUN = "run"
    REPORT = "report"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept: not older than so many days, not more than so many bytes; 0 keeps for ever."""

    keep_days: float = 0
    keep_bytes: int = 0
    keep_backups_days: float = 0
    keep_backups_bytes: int = 0

    @classmethod
    def of(cls, days: float, gigabytes: float, backups_days: float, backups_gigabytes: float) -> Policy:
        """A policy from days and gigabytes (10**9 bytes); raises `UsageError` for what is no amount."""
        if not all(0 <= amount <= _MOST for amount in (days, gigabytes, backups_days, backups_gigabytes)):
            raise UsageError(sentences.runs.NO_LIMITS.format(most=_MOST))
        return cls(days, round(gigabytes * GIGABYTE), backups_days, round(backups_gigabytes * GIGABYTE))


@dataclass(frozen=True, slots=True)
class Doomed:
    """One run directory, report or backup that would go, and why. `stamp` says that it is still the one planned."""

    kind: PruneKind
    path: Path
    bytes: int
    reason: str
    stamp: tuple[int, int]
    run_id: str = ""

    def to_json(self) -> JsonObject:
        """Plain values for `runs prune --json`."""
        return {"kind": self.kind, "path": str(self.path), "bytes": self.bytes, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """Everything that would be deleted, and nothing else."""

    items: tuple[Doomed, ...]

    @property
    def bytes(self) -> int:
        """Bytes that deleting it all frees."""
        return sum(item.bytes for item in self.items)

    def count(self, kind: PruneKind) -> int:
        """How many of a kind would go."""
        return sum(item.kind is kind for item in self.items)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted, and what was left with the reason."""

    deleted: tuple[Doomed, ...] = ()
    left: tuple[tuple[Doomed, str], ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes freed."""
        return sum(item.bytes for item in self.deleted)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something with an age and a size that may go, together with what belongs to it."""

    moment: datetime
    parts: tuple[tuple[PruneKind, Path], ...]
    run_id: str = ""


def plan_prune(home: Path, policy: Policy, now: datetime | None = None) -> PrunePlan:
    """What a policy would delete at this moment. Reads, and changes nothing."""
    now, rows = now or datetime.now(UTC), list_runs(home)
    doomed: list[Doomed] = []
    if policy.keep_days or policy.keep_bytes:
        kept, candidates = _runs(home, rows)
        used = sum(_size(path) for path in kept) if policy.keep_bytes else 0
        doomed += _choose(candidates, used, policy.keep_days, policy.keep_bytes, now, sentences.runs.PAST_RUNS)
    if policy.keep_backups_days or policy.keep_backups_bytes:
        backups = _backups(home, rows)
        doomed += _choose(
            backups, 0, policy.keep_backups_days, policy.keep_backups_bytes, now, sentences.runs.PAST_BACKUPS
        )
    return PrunePlan(tuple(doomed))


def _runs(home: Path, rows: Sequence[RunRow]) -> tuple[list[Path], list[_Candidate]]:
    """Directories and reports that stay whatever their age, and the runs that may go, oldest first."""
    protected = _newest_of_each_output(rows)
    kept: list[Path] = []
    candidates = []
    for row in reversed(rows):
        run = RunDirectory(home, row.run_id)
        if row.status.final and row.run_id not in protected:
            parts = ((PruneKind.RUN, run.path), (PruneKind.REPORT, run.report))
            candidates.append(_Candidate(_started(row, run), parts, row.run_id))
        else:
            kept += [run.path, run.report]
    return kept, sorted(candidates, key=lambda candidate: candidate.moment)


def _newest_of_each_output(rows: Sequence[RunRow]) -> set[str]:
    """The newest run of each output, and the newest that succeeded, from rows with the newest first."""
    newest: dict[tuple[str, bool], str] = {}
    for row in rows:
        for output in row.outputs:
            newest.setdefault((output, False), row.run_id)
            if row.status is RunStatus.SUCCESS:
                newest.setdefault((output, True), row.run_id)
    return set(newest.values())


def _started(row: RunRow, run: RunDirectory) -> datetime:
    """When a run began: as recorded, else as its id says, else when its directory was last changed."""
    for text in (row.started_at, row.run_id.partition("-")[0]):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.fromtimestamp(run.path.stat().st_mtime, UTC)


def _backups(home: Path, rows: Sequence[RunRow]) -> list[_Candidate]:
    """Backups of outputs under the home's roots, oldest first; an output that is named like one is none."""
    outputs = {Path(output) for row in rows for output in row.outputs if not is_url(output)}
    found = {}
    for folder in _output_folders(home, outputs):
        for path in _entries(folder):
            match = _BACKUP.fullmatch(path.name)
            if match is None or path in outputs or not _is_backup(path):
                continue
            moment = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            found[path] = _Candidate(moment, ((PruneKind.BACKUP, path),))
    return sorted(found.values(), key=lambda candidate: (candidate.moment, candidate.parts))


def _is_backup(path: Path) -> bool:
    """A file, or a folder of parts."""
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) or (stat.S_ISDIR(mode) and (path / MANIFEST).is_file())


def _output_folders(home: Path, outputs: Iterable[Path]) -> Iterator[Path]:
    """The folders of `output/` without the runs, and those of outputs in further roots."""
    root = home / "output"
    for folder, names, _files in os.walk(root):
        if Path(folder) == root and "runs" in names:
            names.remove("runs")
        yield Path(folder)
    yield from {path.parent for path in outputs if not path.is_relative_to(root) and _inside(path, home)}


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _choose(
    candidates: Sequence[_Candidate], used: int, days: float, limit: int, now: datetime, past: str
) -> Iterator[Doomed]:
    """Of the candidates, oldest first, those that are too old, and then as many as stand above the limit in bytes."""
    old = sentences.runs.OLDER.format(days=days)
    many = past.format(size=file_size(limit))
    sizes = [sum(_size(path) for _kind, path in candidate.parts) for candidate in candidates] if limit else []
    used += sum(sizes)
    for number, candidate in enumerate(candidates):
        too_old = bool(days) and now - candidate.moment > days * _DAY
        if not too_old and not (limit and used > limit):
            return
        used -= sizes[number] if limit else 0
        yield from _doomed(candidate, old if too_old else many)


def _doomed(candidate: _Candidate, reason: str) -> Iterator[Doomed]:
    for kind, path in candidate.parts:
        stamp = _stamp(path)
        if stamp is not None:
            yield Doomed(kind, path, _size(path), reason, stamp, candidate.run_id)


def _stamp(path: Path) -> tuple[int, int] | None:
    """What a file or a folder is known by; a run directory changes with each of its files that is replaced."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _size(path: Path) -> int:
    """Bytes of a file or of a folder with all it holds; links are not followed."""
    try:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            return found.st_size
        with os.scandir(path) as entries:
            return sum(_size(Path(entry)) for entry in entries)
    except OSError:
        return 0


def _inside(path: Path, home: Path) -> bool:
    """Whether a path, the links of its folders followed, lies under the roots for outputs."""
    real = Path(os.path.realpath(path.parent)) / path.name
    return any(real.is_relative_to(real_path(root)) for root in allowed_roots(home).outputs)


def prune(home: Path, plan: PrunePlan, user: str) -> Pruned:
    """Delete what the plan names and nothing else; what has changed since it was planned is left.

    Each deletion is on the audit log before it is made; raises `OutputFailed`, with nothing more deleted, when it
    cannot be recorded.
    """
    audit = AuditLog(home)
    _finish_leaving(home)
    deleted: list[Doomed] = []
    left: list[tuple[Doomed, str]] = []
    for start in range(0, len(plan.items), _BATCH):
        items = plan.items[start : start + _BATCH]
        audit.append(user=user, action=ACTION, target=f"{len(items)} items", detail={"deleted": _named(home, items)})
        for item in items:
            why = _delete(home, item, {other.run_id for other, _why in left if other.run_id})
            if why is None:
                deleted.append(item)
            else:
                left.append((item, why))
    for start in range(0, len(left), _BATCH):
        named = _named(home, [item for item, _why in left[start : start + _BATCH]])
        audit.append(user=user, action=ACTION, target=f"{len(named)} items", outcome="left", detail={"left": named})
    return Pruned(tuple(deleted), tuple(left))


def _named(home: Path, items: Iterable[Doomed]) -> list[str]:
    return [os.path.relpath(item.path, home) for item in items]


def _finish_leaving(home: Path) -> None:
    """Remove what a deletion that was cut off left of a run directory."""
    for path in _entries(home / "output" / "runs"):
        if path.name.startswith(_LEAVING):
            shutil.rmtree(path, ignore_errors=True)


def prune_by_policy(home: Path, policy: Policy, user: str) -> Pruned:
    """Plan and delete in one go, as the console does it daily; nothing to delete leaves no record."""
    return prune(home, plan_prune(home, policy), user)


def _delete(home: Path, item: Doomed, left: set[str]) -> str | None:
    """Delete one item; returns why not, when it was left. `left`: runs that were left already."""
    if item.run_id in left:
        return sentences.runs.RUN_LEFT
    if _stamp(item.path) != item.stamp:
        return sentences.runs.CHANGED_SINCE_LISTED
    if item.path.is_symlink() or not _inside(item.path, home):
        return sentences.runs.OUTSIDE_HOME
    if item.kind is PruneKind.RUN and _goes_on(RunDirectory(home, item.run_id)):
        return sentences.runs.GOING_ON
    try:
        if item.kind is PruneKind.RUN:
            for staged in staged_files(RunDirectory(home, item.run_id)):
                remove_staged(staged)
            leaving = item.path.with_name(_LEAVING + item.path.name)
            item.path.rename(leaving)
            shutil.rmtree(leaving)
        else:
            remove_whole(str(item.path), item.path.name.rpartition(".bak.")[0])
    except OSError as error:
        return sentences.runs.NOT_DELETED.format(reason=error.strerror)
    return None


def _goes_on(run: RunDirectory) -> bool:
    return not run.status().final or run.alive()
