"""A run that was cut off and is gone on with: who may do it, and the moment between its last word and its next process.

Its record is set aside under another name, which one alone can do: two clicks, two browsers and a command line make one
engine. From then on the run waits for its turn like a new one. When no engine comes it gets its record back.
"""

from __future__ import annotations

import os

from etl_batch import sentences
from etl_batch.errors import Busy, ClusterLost, Killed, OutputFailed, UsageError
from etl_batch.record.run import RunRecord
from etl_batch.runs.record.directory import INTERRUPTED, RunDirectory

_OF_THE_LAST_PROCESS = ("launch.json", "exit.json")


def cut_off(record: RunRecord | None) -> bool:
    """Whether a run has ended because its engine or its cluster went away, so that it can be gone on with."""
    return record is not None and record.error is not None and record.error.kind in (Killed.kind, ClusterLost.kind)


def resumable(run: RunDirectory) -> RunRecord:
    """The record of a run that can be gone on with. Raises `UsageError` when it cannot, `Busy` when it goes on."""
    status, record = run.final(), run.metadata()
    if status is None or record is None:
        raise Busy(sentences.runs.STILL_GOING_ON.format(run_id=run.run_id))
    if not cut_off(record):
        raise UsageError(sentences.runs.NOTHING_TO_RESUME.format(run_id=run.run_id, status=status))
    return record


def interrupt(run: RunDirectory) -> RunRecord:
    """Set the record of a run that was cut off aside: from now on it waits for an engine. Returns it.

    Raises as `resumable` does, and `OutputFailed`.
    """
    with run.verdict(wait=True):
        record = resumable(run)
        try:
            # Before the record goes: without it these would tell of a run that was killed this moment.
            for name in _OF_THE_LAST_PROCESS:
                run.file(name).unlink(missing_ok=True)
            run.file("metadata.json").replace(run.file(INTERRUPTED))
        except OSError as error:
            path = error.filename or run.path
            raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error
    return record


def handed_over(run: RunDirectory) -> RunRecord | None:
    """The record that was set aside by whoever has started this process to go on with the run; None without one."""
    return run.interrupted() if run.final() is None and run.launch().pid == os.getpid() else None


def give_back(run: RunDirectory) -> bool:
    """Have a run that waits to be gone on with be what it was before; False for one that does not wait for it."""
    try:
        run.file(INTERRUPTED).replace(run.file("metadata.json"))
    except FileNotFoundError:
        return False
    return True


def forget_interruption(run: RunDirectory) -> None:
    """The engine is there, and its progress says what came before."""
    run.file(INTERRUPTED).unlink(missing_ok=True)
