"""The tables of the benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.comparison import TASKS, Compared, Measurement, in_turns
from benchmarks.measure import Usage
from benchmarks.run import PAGE, PARTS
from benchmarks.scaling import Scaled, Scaling, bound
from benchmarks.stages import Spent

LOOP = next(task for task in TASKS if task.name == "Binary to CSV")


def measured(*seconds: float, share: float = 1.0) -> Measurement:
    """A tool that took so long."""
    return Measurement(1_000_000, share, [Usage(each, 2 * each) for each in seconds], 5_000_000)


@pytest.fixture
def compared() -> Compared:
    """Binary to CSV by all tools; the loop was given a quarter of the records."""
    theirs = {"Polars": measured(3.0), "DuckDB": measured(1.0), "original loop": measured(4.0, share=0.25)}
    return Compared(LOOP, 1_000_000, {"ours": measured(1.0, 9.0, 2.0), **theirs})


def test_ratios_are_the_peers_time_over_ours(compared: Compared) -> None:
    """By the medians, a share's time for the whole, each with its goal if there is one."""
    assert "| Binary to CSV | 1 | 2.00 | 1.50 | 0.50 | 8.00 (goal 10) |" in report.ratios("In memory", [compared])


def test_details_say_who_did_a_share(compared: Compared) -> None:
    """Every tool has its line, and a share is named."""
    text = report.details([compared])
    assert "| Binary to CSV | ours | 2.00 | 1.00 to 9.00 | 4.00 | 0 | 5 |" in text
    assert "| Binary to CSV | original loop | 16.00 | 16.00 to 16.00 | 32.00 | 0 | 5 |" in text
    assert "the original loop was given the first 25.0% of the records" in text


def test_a_task_without_room_is_said(compared: Compared) -> None:
    """It has no line in the table, and a sentence below it."""
    text = report.ratios("In memory", [Compared(LOOP, 10_000_000_000, {}), compared])
    assert text.count("| Binary to CSV |") == 1
    assert "Binary to CSV: no room in memory for an input of 10.0 GB" in text
    assert report.details([Compared(LOOP, 1, {})]) == ""


def test_workers_are_compared_with_one() -> None:
    """Times as fast by the clock, CPU time as a ratio."""
    rows = [Scaled(1, [Usage(10.0, 10.0)]), Scaled(2, [Usage(5.0, 11.0)])]
    assert "| 2 | 5.00 | 11.00 | 2.00 | 1.10 |" in report.workers(Scaling(1, "in memory", rows))


def test_the_bound_of_memory_is_that_of_the_design() -> None:
    """Two chunks a worker and 300 MB."""
    assert bound(2) == 300_000_000 + 4 * (64 << 20)


def test_stages_have_their_share_of_the_run() -> None:
    """A stage that one work does not know stays empty there."""
    text = report.spent([Spent("a.csv", 1_000_000, {"read": 1.0, "clean": 3.0}), Spent("b", 0, {"read": 2.0})])
    assert "| clean | 3.00 s (75%) |  |" in text
    assert "| all | 4.00 s | 2.00 s |" in text


def test_every_round_is_begun_by_another_tool() -> None:
    """Each tool once a round."""
    assert list(in_turns("abc", 4)) == list("abcbcacababc")


def test_a_page_keeps_what_stands_around_the_figures(tmp_path: Path) -> None:
    """Only what is between the marks is replaced, and a page without them is refused."""
    page = tmp_path / "page.md"
    page.write_text("one\n<!-- x: begin -->\nold\n<!-- x: end -->\ntwo\n")
    report.publish(page, "head", ["new"], "x")
    assert page.read_text() == "one\n<!-- x: begin -->\n\nhead\nnew\n<!-- x: end -->\ntwo\n"
    with pytest.raises(ValueError, match="y: begin"):
        report.publish(page, "head", ["new"], "y")


@pytest.mark.parametrize("mark", [*PARTS, *(f"{name}-full" for name in PARTS), "analytics", "console"])
def test_the_page_has_a_place_for_every_part(mark: str) -> None:
    """docs/performance.md has the marks of each part, at both sizes."""
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(f"<!-- {mark}: begin -->") == text.count(f"<!-- {mark}: end -->") == 1
