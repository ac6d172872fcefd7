"""Going on with a run that was cut off: by the command line, or by the process that a console has started for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from etl_batch.config import RunConfig
from etl_batch.errors import Busy, EtlError, OutputFailed, UsageError
from etl_batch.files.commit import manifest_of
from etl_batch.files.staging import remove_staged
from etl_batch.journal import Watcher
from etl_batch.model import RunStatus, utc_now
from etl_batch.record.progress import Attempt
from etl_batch.record.run import RunRecord
from etl_batch.recovering import recover
from etl_batch.runs.processes.interruption import forget_interruption, handed_over, interrupt, resumable
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.runs.processes.verdict import finalise, staged_files
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.service import execute


def resume(run: RunDirectory, configured: Callable[[], RunConfig], watcher: Watcher | None = None) -> RunRecord:
    """Go on with a run that was cut off, to the bytes that it would have come to; returns its record.

    `configured`: its configuration, once it is known that there is one to go on with. A commit that was cut off is
    finished, and then nothing else is to be done. Raises `UsageError` for a run that was not cut off, or is another one
    by now, `Busy` for one that goes on, and what `execute` raises.
    """
    home, run_id, before = run.home, run.run_id, run.final()
    handed = handed_over(run)
    recover(home)
    status = reconcile(home, run_id) if handed is None else run.final()
    if status is RunStatus.SUCCESS and before is not RunStatus.SUCCESS:
        forget_interruption(run)
        return run.metadata() or RunRecord(run_id, status)
    record = handed or resumable(run)
    try:
        config = configured()
    except UsageError as error:
        if handed is not None:
            finalise(run, RunStatus.FAILED, error)
        raise
    if handed is None:
        interrupt(run)
    try:
        return execute(config, run_id=run_id, watcher=watcher, attempts=record.tried)
    except EtlError as error:
        forget_interruption(run)
        left = [] if manifest_of(home, run_id).exists() else staged_files(run)
        if left and isinstance(error, Busy | OutputFailed):
            # What stands in the way may pass, and it can be gone on from then. Whoever starts it by itself has to know
            # how often that was tried.
            again = (*record.attempts, Attempt(utc_now(), error.message))
            run.write_record(record if handed is None else replace(record, attempts=again))
        else:
            for path in left:
                remove_staged(path)
        raise
