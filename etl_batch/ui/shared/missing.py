"""A run that an address names and that there is none of: said, and the newest one offered, never shown in its place."""

from __future__ import annotations

from pathlib import Path

from etl_batch.errors import UsageError
from etl_batch.reporting.formatting import visible
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors, Screen


def is_there(home: Path, run_id: str) -> bool:
    """Whether a home has a run of that name."""
    try:
        return RunDirectory(home, run_id).path.is_dir()
    except UsageError:
        return False


def show_missing(doors: Doors, screen: Screen, run_id: str, newest: str | None) -> None:
    """Say that there is no such run, and lead to the newest one that the screen could show."""
    show_none_of(doors, screen, wording.NO_SUCH_RUN.format(run_id=visible(run_id, 80)), newest)


def show_none_of(doors: Doors, screen: Screen, sentence: str, newest: str | None) -> None:
    """Say why a run is not shown, and lead to the newest one that the screen could show."""
    markup.notice(sentence, tone="warn")
    if newest is not None:
        doors.link(wording.TO_NEWEST.format(run_id=newest), screen, {"run": newest})
