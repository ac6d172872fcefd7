"""The Analytics screen of runs whose estimates are others than usual: sized for an error, changed, or skipped."""

from __future__ import annotations

from etl_batch import service
from etl_batch.ui.analytics import wording
from tests.support import config_of, texts


def test_the_error_that_was_to_be_reached(screen, fresh):
    """A card names the error, what it holds for, and what became of it."""
    service.execute(config_of(fresh, target_error=0.5, target_per="stratum"), run_id="20260102T000000Z-aaaaaa")
    shown = texts(screen(fresh, "analytics"))
    assert "Error to reach" in shown
    assert f"{wording.REACHED}, {wording.OF_STRATA}" in shown
    service.execute(config_of(fresh, stratum="gone", unattended=True), run_id="20260102T000001Z-aaaaaa")
    assert "Error to reach" not in texts(screen(fresh, "analytics"))


def test_a_run_without_estimates_says_why(screen, fresh):
    """The reason stands instead of the charts, and the rows of the sample can be counted all the same."""
    service.execute(config_of(fresh, stratum="gone", unattended=True), run_id="20260102T000000Z-aaaaaa")
    shown = texts(screen(fresh, "analytics"))
    assert wording.SKIPPED in shown
    assert "There is no column 'gone' to stratify by" in shown.replace("&#39;", "'")
    assert wording.EXPLORER_TITLE in shown
    assert wording.TOTALS not in shown
