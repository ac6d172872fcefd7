"""Starting the engine for a run, as a detached process, and writing down how it ended.

`cancellation` stops it with proof, `reconciliation` tells when it was killed, `tree` knows the processes of a run.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from etl_batch import private, sentences
from etl_batch.config import RunConfig
from etl_batch.defaults import ENGINE, LAUNCHED
from etl_batch.errors import EtlError, OutputFailed
from etl_batch.limits import read_limits
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.runs.processes.watchdog import limits_for
from etl_batch.runs.record.directory import RunDirectory

LAUNCHER = Path(__file__).resolve().parent / "launcher.py"
NOT_FOR_THE_ENGINE = ("ETL_METRICS_TOKEN",)


def spawn(config: RunConfig, run_id: str, *, engine: Path = ENGINE) -> int:
    """Start the engine on a configuration as a detached process in a session of its own; returns its process id.

    A run that was cut off and waits to be gone on with keeps the configuration that it has, and is gone on with.

    The configuration goes by `config.json` in the run directory, so that no name in it meets a command line. What the
    engine prints goes to `launch.log` there. It outlives the caller. It has the home's limits.
    Raises `OutputFailed` when the directory or the process cannot be made.
    """
    limits = limits_for(read_limits(config.home), config.timeout)
    run = RunDirectory(config.home, run_id).create()
    command = [sys.executable, str(engine), LAUNCHED, run_id, "--home", str(config.home)]
    if run.interrupted() is not None:
        command = [sys.executable, str(engine), "resume", run_id, "--home", str(config.home), "--quiet"]
    else:
        run.write("config.json", config.to_json())
    launcher = [sys.executable, "-P", str(LAUNCHER), str(run.path), limits]
    released, held = os.pipe()
    try:
        with run.file("launch.log").open("ab") as log:
            process = subprocess.Popen(
                [*launcher, str(held), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
                umask=private.mask(),
                pass_fds=[held],
            )
    except OSError as error:
        os.close(released)
        raise OutputFailed(sentences.runs.NOT_STARTED.format(run_id=run_id, reason=error.strerror)) from error
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
    if code < 0:
        return sentences.runs.KILLED_YOUNG.format(run_id=run_id, signal=_signal_name(-code))
    return sentences.runs.ENDED_YOUNG.format(run_id=run_id, code=code)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return sentences.runs.SIGNAL.format(number=number)


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


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOT_FOR_THE_ENGINE}
