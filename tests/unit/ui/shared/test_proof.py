"""What came of a stop, in words."""

from __future__ import annotations

import pytest

from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.ui.shared import proof


@pytest.mark.parametrize(
    ("report", "words", "clean"),
    [
        (CancelReport(True, 0, ["/o/.x.part"], True), "left: none; unfinished files removed: 1; outputs intact.", True),
        (CancelReport(True, 2, [], True), "left: 2; unfinished files removed: none; outputs intact.", False),
        (CancelReport(True, 0, [], False), "an output has changed", False),
        (CancelReport(True, 0, [], True, kept=("/o/.x.tmp",)), "left: none", False),
    ],
)
def test_cancel_words(report, words, clean):
    """The proof is told in words, and only a clean stop is shown as one."""
    assert words in proof.cancel_words(report)
    assert proof.is_clean(report) is clean
