"""Engine processes: starting one for a run. Stopping it and finding out what became of it stand beside this module.

`tree` knows the processes of a run, `cancellation` stops them with proof, `reconciliation` tells when one was killed;
what callers need of them is named here too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from etl_batch.config import PROJECT_ROOT, RunConfig
from etl_batch.errors import EtlError, OutputFailed
from etl_batch.limits import read_limits
from etl_batch.runs.processes.cancellation import CancelReport, OutputFate, OutputProof, cancel, cancel_report
from etl_batch.runs.processes.reconciliation import (
    Killed,
    Silence,
    fail,
    reconcile,
    reconcile_all,
    silence,
    unfinished,
)
from etl_batch.runs.processes.tree import engine_process, run_processes
from etl_batch.runs.record.directory import RunDirectory

ENGINE = PROJECT_ROOT / "etl_batch" / "etl_core.py"
LAUNCHER = Path(__file__).resolve().parent / "launcher.py"
NOT_FOR_THE_ENGINE = ("ETL_METRICS_TOKEN",)
FLAGS = (
    ("workers", "--workers"),
    ("chunk_bytes", "--chunk-bytes"),
    ("sample_frac", "--sample-frac"),
    ("allocation", "--allocation"),
    ("target_error", "--target-error"),
    ("target_per", "--target-per"),
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
ALWAYS_SAID = ("workers", "user", "home")
"""Their defaults depend on the machine or the caller."""


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


def spawn(config: RunConfig, run_id: str, *, engine: Path = ENGINE, address_space_bytes: int | None = None) -> int:
    """Start the engine on a configuration as a detached process in a session of its own; returns its process id.

    The engine takes `ETL_RUN_ID` for its run id. What it prints goes to `launch.log` in the run directory. It outlives
    the caller. `address_space_bytes`: limit of each process (0 for none, None for the home's own).
    Raises `OutputFailed` when the directory or the process cannot be made.
    """
    if address_space_bytes is None:
        address_space_bytes = read_limits(config.home).address_space_bytes
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
    if run.launch().pid != process.pid:
        raise OutputFailed(_died_young(run_id, process.wait()))
    # Somebody must wait for it, or it stays a zombie that looks alive.
    threading.Thread(target=_mourn, args=(run, process), name=f"wait-{run_id}", daemon=True).start()
    return process.pid


def _died_young(run_id: str, code: int) -> str:
    how = f"was killed by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
    return (
        f"Run {run_id} could not be started: its first process {how} before it had begun. "
        "If the machine is short of memory, free some; then start it again."
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _mourn(run: RunDirectory, process: subprocess.Popen[bytes]) -> None:
    """Wait for the engine. One that left no word gets it now, with the signal or the exit code that ended it."""
    # Until it is waited for it stays a zombie with a parent: others leave the verdict to this thread, see `alive`.
    ended = None
    with contextlib.suppress(ChildProcessError):  # somebody in this process has waited for it already
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    wordless = run.path.is_dir() and run.final() is None
    if ended is not None and wordless:
        fact = "code" if ended.si_code == os.CLD_EXITED else "signal"
        with contextlib.suppress(EtlError):
            run.write("exit.json", {fact: ended.si_status})
    process.wait()
    if wordless:
        with contextlib.suppress(EtlError):
            reconcile(run.home, run.run_id)


def _environment(config: RunConfig, run_id: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_THE_ENGINE}
    environment["ETL_RUN_ID"] = run_id
    if config.rerun_of is not None:
        environment["ETL_RERUN_OF"] = config.rerun_of
    return environment


__all__ = [
    "CancelReport",
    "Killed",
    "OutputFate",
    "OutputProof",
    "Silence",
    "cancel",
    "cancel_report",
    "config_to_argv",
    "engine_process",
    "fail",
    "reconcile",
    "reconcile_all",
    "run_processes",
    "silence",
    "spawn",
    "unfinished",
]
