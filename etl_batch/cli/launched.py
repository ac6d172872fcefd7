"""The run that a console or a dashboard has prepared: its settings stand in its directory."""

from __future__ import annotations

from pathlib import Path

from etl_batch import sentences
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.processes.verdict import finalise
from etl_batch.runs.record.directory import RunDirectory


def known_run(home: Path, run_id: str) -> RunDirectory:
    """A run that there is, or the `latest`. Raises `UsageError`."""
    from etl_batch.runs.history.index import open_run  # no other run needs it, and it brings a database

    return open_run(home, run_id)


def launched_run(home: Path, run_id: str) -> tuple[RunDirectory, RunConfig]:
    """The run's directory and configuration. Raises `UsageError`, which a run that has begun keeps as its last word."""
    run = RunDirectory(home, run_id)
    if not run.path.is_dir():
        raise UsageError(sentences.command_line.NOT_QUEUED.format(run_id=run_id))
    if run.final() is not None:
        # It was cancelled in the moment of its start: its last word stands.
        raise UsageError(sentences.command_line.OVER.format(run_id=run_id))
    try:
        return run, configuration_of(run)
    except UsageError as error:
        with run.verdict(wait=True):
            if run.final() is None:
                finalise(run, RunStatus.FAILED, error)
        raise


def configuration_of(run: RunDirectory) -> RunConfig:
    """What stands in a run's directory. Raises `UsageError`."""
    values = run.config()
    if values is None:
        raise UsageError(
            sentences.command_line.SETTINGS_UNREADABLE.format(run_id=run.run_id, path=run.file("config.json"))
        )
    try:
        # The folder may be known under another name here than to whoever wrote it down.
        return build_config({**values.values, "home": run.home})
    except UsageError as error:
        raise UsageError(
            sentences.command_line.SETTINGS_UNUSABLE.format(run_id=run.run_id, why=error.message)
        ) from error
