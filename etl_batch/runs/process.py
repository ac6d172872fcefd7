"""Engine processes: starting one for a run, stopping its whole tree with proof, and telling when one was killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from etl_batch.config import PROJECT_ROOT, RunConfig
from etl_batch.errors import Cancelled, EtlError, OutputFailed, TimedOut, WorkerFailed
from etl_batch.model import SCHEMA_VERSION, Counts, RunStatus, utc_now
from etl_batch.runs.directory import RunDirectory, read_json

ENGINE = PROJECT_ROOT / "etl_batch" / "etl_core.py"
LAUNCHER = Path(__file__).resolve().parent / "launcher.py"
SAME_START_SECONDS = 1.0
KILL_WAIT_SECONDS = 5.0
POLL_SECONDS = 0.05
LAUNCH_LOG_TAIL_BYTES = 4096
NOT_FOR_THE_ENGINE = ("ETL_METRICS_TOKEN",)
FLAGS = (
    ("workers", "--workers"),
    ("chunk_bytes", "--chunk-bytes"),
    ("sample_frac", "--sample-frac"),
    ("layout", "--layout"),
    ("struct_config", "--struct-config"),
    ("stratum", "--stratum"),
    ("max_size_gb", "--max-size-gb"),
    ("timeout", "--timeout"),
    ("max_rejects", "--max-rejects"),
    ("retries", "--retries"),
    ("seed", "--seed"),
    ("user", "--user"),
    ("home", "--home"),
    ("report", "--report"),
    ("cluster", "--cluster"),
)
"""Fields with one value and their flags, in the order of the command's documentation."""
STOPPED: dict[RunStatus, EtlError] = {
    RunStatus.CANCELLED: Cancelled("The run was cancelled before it had finished; start it again when you like."),
    RunStatus.TIMED_OUT: TimedOut("The run took longer than its --timeout and was stopped; allow it more time."),
}
ALWAYS_SAID = ("workers", "user", "home")
"""Their defaults depend on the machine or the caller."""


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What stopping a run came to."""

    signalled: bool
    """Whether a process was running and was told to stop."""
    processes_left: int
    """Processes of the run that are still alive; 0 is the proof."""
    removed: list[str]
    """Staged output files that are gone now."""
    outputs_intact: bool
    """Whether the outputs are as they were before the stop, or whole and published because the run had finished."""


def config_to_argv(config: RunConfig) -> list[str]:
    """The command line, from the verb on, that runs a configuration; defaults are left out.

    `rerun_of` has no flag: `spawn` hands it over as `ETL_RERUN_OF`.
    """
    argv = ["run"]
    for value in config.inputs:
        argv += ["-i", f"./{value}" if value.startswith("-") else value]
    if config.output_csv is not None:
        argv += ["-o", str(config.output_csv)]
    argv += ["--no-parquet"] if config.output_parquet is None else ["-p", str(config.output_parquet)]
    for name, flag in FLAGS:
        value, field = getattr(config, name), RunConfig.model_fields[name]
        if value is not None and (name in ALWAYS_SAID or value != field.default):
            argv += _flag(flag, str(value))
    for measure in config.measures:
        argv += _flag("--measure", measure)
    if config.force_text_fallback:
        argv.append("--force-text-fallback")
    return argv


def _flag(flag: str, value: str) -> list[str]:
    # A value that begins with a dash would be taken for a flag of its own.
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def spawn(config: RunConfig, run_id: str, *, engine: Path = ENGINE, address_space_bytes: int = 0) -> int:
    """Start the engine on a configuration as a detached process in a session of its own; returns its process id.

    The engine takes `ETL_RUN_ID` for its run id. What it prints goes to `launch.log` in the run directory. It outlives
    the caller. Raises `OutputFailed` when the directory or the process cannot be made.
    """
    run = RunDirectory(config.home, run_id).create()
    command = [sys.executable, str(engine), *config_to_argv(config), "--quiet"]
    launcher = [sys.executable, "-P", str(LAUNCHER), str(run.path), str(address_space_bytes)]
    released, held = os.pipe()
    try:
        with run.file("launch.log").open("ab") as log:
            process = subprocess.Popen(
                [*launcher, str(held), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(config, run_id),
                start_new_session=True,
                pass_fds=[held],
            )
    except OSError as error:
        os.close(released)
        raise OutputFailed(
            f"Run {run_id} could not be started: {error.strerror}. Free memory or disk, then start it again."
        ) from error
    finally:
        os.close(held)
    # The pipe ends when the launcher has become the engine: from here on `launch.json` names it and it can be stopped.
    with os.fdopen(released, "rb") as end:
        end.read()
    # Somebody must wait for it, or it stays a zombie that looks alive.
    threading.Thread(target=process.wait, name=f"wait-{run_id}", daemon=True).start()
    return process.pid


def _environment(config: RunConfig, run_id: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_THE_ENGINE}
    environment["ETL_RUN_ID"] = run_id
    if config.rerun_of is not None:
        environment["ETL_RERUN_OF"] = config.rerun_of
    return environment


def launched(run: RunDirectory) -> bool:
    """Whether a process was ever started for the run."""
    return run.progress() is not None or run.file("launch.json").exists()


def engine_process(run: RunDirectory) -> psutil.Process | None:
    """The run's engine while it lives, found by process id and start time."""
    for note in (run.progress(), read_json(run.file("launch.json"))):
        if note is None:
            continue
        with contextlib.suppress(psutil.Error, KeyError, TypeError, ValueError):
            process = psutil.Process(int(note["pid"]))
            same = abs(process.create_time() - float(note["pid_started"])) < SAME_START_SECONDS
            if same and _living([process]):
                return process
    return None


def run_processes(run: RunDirectory) -> list[psutil.Process]:
    """Every living process of a run: the engine, its descendants, and what its session holds after its death."""
    found: set[psutil.Process] = set()
    engine = engine_process(run)
    if engine is not None:
        with contextlib.suppress(psutil.Error):
            found.update([engine, *engine.children(recursive=True)])
    launch = read_json(run.file("launch.json")) or {}
    for process in psutil.process_iter() if launch else ():
        with contextlib.suppress(OSError, psutil.Error):
            # Session numbers come round again; the run id in the environment proves that this one is the run's.
            if os.getsid(process.pid) == launch.get("pid") and process.environ().get("ETL_RUN_ID") == run.run_id:
                found.add(process)
    return _living(found)


def _living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    alive = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive


def cancel(
    home: Path, run_id: str, grace_seconds: float = 10.0, status: RunStatus = RunStatus.CANCELLED
) -> CancelReport:
    """Stop a run: ask the engine, wait, then kill the whole tree; remove what it staged; write the final word.

    Raises `OutputFailed` when the run directory cannot be written. A run that is over already is left as it is.
    """
    run = RunDirectory(home, run_id)
    if _final(run) and not run_processes(run):
        return CancelReport(signalled=False, processes_left=0, removed=[], outputs_intact=True)
    before, staged = _fingerprints(run), _staged(run)
    engine, processes = engine_process(run), run_processes(run)
    if engine is not None:
        with contextlib.suppress(psutil.Error):
            engine.terminate()
        _wait(processes, grace_seconds)
    left = _kill(run, processes)
    staged += [path for path in _staged(run) if path not in staged]
    finished = _final(run)
    published = finished and run.status() is RunStatus.SUCCESS
    for path in staged if not left and not published else ():
        path.unlink(missing_ok=True)
    if not finished and not left:
        _finalise(run, status, STOPPED[status])
    removed = [] if published else [str(path) for path in staged if not path.exists()]
    return CancelReport(bool(processes), len(left), removed, published or _fingerprints(run) == before)


def _wait(processes: list[psutil.Process], seconds: float) -> None:
    """Until all are gone or have become zombies, at most so long."""
    deadline = time.monotonic() + seconds
    while _living(processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _kill(run: RunDirectory, known: list[psutil.Process]) -> list[psutil.Process]:
    """Kill whatever of the run still lives and return what would not die."""
    # A second look finds what was forked between the first look and the kill.
    for _look in range(2):
        processes = _living({*known, *run_processes(run)})
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        _wait(processes, KILL_WAIT_SECONDS)
    return _living({*known, *run_processes(run)})


def _final(run: RunDirectory) -> bool:
    metadata = run.metadata()
    return metadata is not None and RunStatus(metadata["status"]).final


def _output_paths(run: RunDirectory) -> list[Path]:
    config = run.config() or {}
    return [Path(config[name]) for name in ("output_csv", "output_parquet") if config.get(name)]


def _fingerprints(run: RunDirectory) -> list[tuple[int, int, int] | None]:
    """Inode, size and time of each output: equal before and after means the file was not touched."""
    prints: list[tuple[int, int, int] | None] = []
    for path in _output_paths(run):
        try:
            found = path.lstat()
        except OSError:
            prints.append(None)
        else:
            prints.append((found.st_ino, found.st_size, found.st_mtime_ns))
    return prints


def _staged(run: RunDirectory) -> list[Path]:
    """The staged files that exist, each a regular file beside an output and no output itself."""
    outputs = _output_paths(run)
    folders = {path.parent for path in outputs} | {run.path, run.report.parent}
    listed = [Path(name) for name in (run.progress() or {}).get("staged") or ()]
    return [
        path
        for path in listed
        if path.parent in folders and path not in outputs and path.is_file() and not path.is_symlink()
    ]


class Killed(WorkerFailed):
    """A run whose engine went away without a final word."""

    kind = "killed"


def reconcile(home: Path, run_id: str) -> RunStatus:
    """The run's state after a look at its processes: without a final word and without an engine it is failed.

    The failed run's staged files stay, because `resume` goes on from them; workers that outlived their engine do not.
    """
    run = RunDirectory(home, run_id)
    if _final(run):
        return run.status()
    if engine_process(run) is not None:
        return RunStatus.RUNNING
    if not launched(run):
        return RunStatus.QUEUED
    # The engine may have written its last word between the first look and now.
    if not _final(run):
        _kill(run, [])
        last = _last_words(run)
        said = f" Its last words: {last}" if last else ""
        _finalise(
            run,
            RunStatus.FAILED,
            Killed(f"The engine went away without finishing (killed, or out of memory): `resume {run_id}`.{said}"),
        )
    return run.status()


def fail(home: Path, run_id: str, sentence: str) -> None:
    """Write the final word of a run that could not be started."""
    _finalise(RunDirectory(home, run_id), RunStatus.FAILED, WorkerFailed(sentence))


def _last_words(run: RunDirectory) -> str:
    """The last line the engine printed, which tells why it never got as far as a run."""
    path = run.file("launch.log")
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - LAUNCH_LOG_TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _finalise(run: RunDirectory, status: RunStatus, error: EtlError) -> None:
    """Write the metadata of a run whose engine could not; what the engine had counted is taken from its progress."""
    config, progress = run.config() or {}, run.progress() or {}
    written, rejected, skipped = (int(progress.get(name, 0)) for name in ("rows_written", "rejected", "skipped"))
    counts = Counts(written + rejected + skipped, written, rejected, skipped)
    metadata: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": run.run_id,
        "status": status,
        "user": config.get("user", ""),
        "started_at": progress.get("started_at", ""),
        "finished_at": utc_now(),
        "config": config,
        "inputs": [],
        "outputs": {},
        "counts": {name: getattr(counts, name) for name in Counts.__slots__},
        "escaped_cells": 0,
        "analytics": {},
        "throughput": {"seconds": float(progress.get("seconds", 0.0))},
        "peak_memory_bytes": int(progress.get("memory_bytes", 0)),
        "system": {},
        "engine": {},
        "error": {"kind": error.kind, "message": error.message},
    }
    run.create().write("metadata.json", metadata)
