"""A run's details: the command that repeats it, and the run to compare it with."""

from __future__ import annotations

import pytest

from etl_batch.model import RunStatus
from etl_batch.record.settings import RunSettings
from etl_batch.runs.history.index import RunRow
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.runs import details as run_details
from tests.support import SUCCESS


def test_the_command_of_an_old_configuration(finished):
    """Keys of another version are left out; values that make no sense any more give no command."""
    values = dict(RunDirectory(finished, SUCCESS).config().values)
    assert "etl_core.py run -i" in (run_details.command_line(RunSettings(values | {"of_the_future": 1})) or "")
    assert run_details.command_line(RunSettings(values | {"workers": -1})) is None


def row(run_id: str, rerun_of: str | None = None, outputs: tuple[str, ...] = ("o",)) -> RunRow:
    """One line of the history."""
    return RunRow(run_id, RunStatus.SUCCESS, "ada", "", 1.0, (), 1, 0, None, rerun_of=rerun_of, outputs=outputs)


@pytest.mark.parametrize(
    ("of", "others", "place"),
    [
        (row("5", rerun_of="1"), [row("4"), row("1")], 1),
        (row("5"), [row("6"), row("4", outputs=("x",)), row("3")], 2),
        (row("5"), [row("6", outputs=("x",)), row("4", outputs=("y",))], 0),
        (row("5", rerun_of="gone"), [row("6"), row("4")], 1),
    ],
)
def test_the_likely_run_to_compare_with(of, others, place):
    """The repeated run, else the one before with the same outputs, else the newest."""
    assert run_details.likely(of, others) == place
