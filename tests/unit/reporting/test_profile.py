"""Where the CPU seconds went: bars on one scale, stages in the order of the work, rates of the input."""

from __future__ import annotations

import pytest

from etl_batch.record.profile import ParentStage, RunProfile, WorkerProfile, WorkerStage
from etl_batch.reporting import profile as drawn
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import NOTHING, SEPARATOR
from etl_batch.reporting.profile import build_profile, stage_word
from tests.records import context_of, record, report_of

# As an older chunk without rows would have left it: stages out of order.
ONE = WorkerProfile({"place": 1.0, "wait": 0.0, "encode_parquet": 0.5, "read": 1.5}, 1.0, 30_000_000, 50_000_000, 3)
OTHER = WorkerProfile({"read": 1.0, "encode_parquet": 1.0, "wait": 0.0, "place": 0.0}, 0.0, 20_000_000, 1_000, 1)
PROFILE = RunProfile({"analyse": 0.5, "plan": 2.5, "dream": 2.0}, (ONE, OTHER))


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(SEPARATOR, " ")


def test_every_stage_has_words() -> None:
    """Each that this version writes, but for `encode`, which is always some sink's."""
    known = {str(stage) for stage in [*WorkerStage, *ParentStage]} - {WorkerStage.ENCODE}
    assert {str(stage) for stage in wording.STAGE_WORDS} == known
    assert stage_word("encode_csv") == "encode CSV"
    assert stage_word("encode_arrow_file") == "encode arrow_file"
    assert stage_word("of_the_future") == "of the future"


def test_no_profile_no_section(success: dict[str, object]) -> None:
    """A run that was not asked for it says nothing of it, not even in the list of sections."""
    assert wording.PROFILE_TITLE in report_of(success)
    del success["profile"]
    assert context_of(success).profile is None
    page = report_of(success)
    assert wording.PROFILE_TITLE not in page
    assert 'href="#profile"' not in page


def test_bars_stand_on_one_scale() -> None:
    """The longest worker, its waiting included, fills the width; parts follow in the order of a worker's task."""
    view = build_profile(PROFILE)
    assert view is not None
    first, second = view.bars.items
    assert [(part.kind, part.left, part.width) for part in first.segments] == [
        ("stage0", 0.0, 37.5),
        ("stage1", 37.5, 12.5),
        ("stage2", 50.0, 25.0),
        (drawn.WAITED, 75.0, 25.0),
    ]
    assert [(part.kind, part.left, part.width) for part in second.segments] == [
        ("stage0", 0.0, 25.0),
        ("stage1", 25.0, 25.0),
    ]
    assert [kind for kind, _ in view.legend] == ["stage0", "stage1", "stage2", drawn.WAITED]
    assert [words for _, words in view.legend][:3] == ["read", "encode Parquet", "place and write"]
    assert first.name == "Worker 1"
    assert plain(first.sentence) == "3.00 s of CPU time, 1.00 s waited; 3 chunks, 30.0 MB in, 50.0 MB out"
    assert plain(second.words) == "CPU time: read 1.00 s, encode Parquet 1.00 s, place and write 0.00 s"
    assert "1 chunk," in second.sentence


def test_the_table_adds_up() -> None:
    """Workers together and the engine's own process; shares are of both, rates of the whole input."""
    view = build_profile(PROFILE)
    assert view is not None
    workers, parent = view.groups
    rows = [(row.name, row.kind, row.seconds, plain(row.share), plain(row.rate)) for row in workers.rows]
    assert rows == [
        ("read", "stage0", "2.500", "25.0 %", "20"),
        ("encode Parquet", "stage1", "1.500", "15.0 %", "33"),
        ("wait for the turn", drawn.WAITED, "0.000", "0 %", NOTHING),
        ("place and write", "stage2", "1.000", "10.0 %", "50"),
    ]
    assert (workers.total.seconds, plain(workers.total.share), workers.total.rate) == ("5.000", "50.0 %", "10")
    assert [(row.name, row.seconds) for row in parent.rows] == [
        ("plan", "2.500"),
        ("analyse", "0.500"),
        ("dream", "2.000"),
    ]
    assert (parent.total.seconds, parent.total.rate) == ("5.000", "10")
    assert plain(view.sentence).startswith("The workers took 5.00 s of CPU time for 50.0 MB of input, 10 MB a CPU")


def test_a_run_that_ended_early() -> None:
    """Without workers there are no bars, and the engine's own seconds are told all the same."""
    view = build_profile(RunProfile({"other": 0.25}))
    assert view is not None
    assert view.bars.items == ()
    assert view.legend == ()
    assert [group.title for group in view.groups] == [wording.IN_THE_ENGINE]
    assert "before a worker had finished" in view.sentence
    assert build_profile(RunProfile()) is not None


@pytest.mark.parametrize("count", [drawn.SHOWN_WORKERS, drawn.SHOWN_WORKERS + 5])
def test_many_workers_are_counted(count: int) -> None:
    """The first ones are drawn, the scale and the table are of all; the others are counted."""
    view = build_profile(RunProfile({}, (OTHER,) * (count - 1) + (ONE,)))
    assert view is not None
    assert len(view.bars.items) == drawn.SHOWN_WORKERS
    assert view.bars.more == (None if count == drawn.SHOWN_WORKERS else "5")
    assert view.bars.items[0].segments[0].width == 25.0
    assert view.groups[0].rows[0].seconds == f"{count - 1 + 1.5:.3f}"


def test_odd_stages_are_shown_and_counted() -> None:
    """Names from anybody's file are escaped, and there are never more rows or colours than there is room for."""
    stages = {f"<b>{number}": 1.0 for number in range(100)}
    odd = {"profile": {"parent": stages, "workers": [{"cpu_seconds": stages, "chunks": 1}]}}
    view = build_profile(record(odd).profile)
    assert view is not None
    assert [len(group.rows) for group in view.groups] == [drawn.SHOWN_STAGES] * 2
    assert {kind for kind, _ in view.legend} == {f"stage{number}" for number in range(drawn.COLOURS)}
    assert "<b>" not in report_of(odd)
