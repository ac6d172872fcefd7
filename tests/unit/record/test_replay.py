"""What a replay leaves in its record: comes back as it was written, and an odd one opens all the same."""

from __future__ import annotations

from etl_batch.model import Replayed
from etl_batch.record.replay import ReadingRecord, ReplayRecord
from etl_batch.record.settings import RunSettings

RECORD = ReplayRecord(
    "20260101T000000Z-aaaaaa",
    Replayed(10, 6, 1),
    (ReadingRecord(RunSettings({"ragged": "pad"}), {"r": {"fields": []}}, "{}"), ReadingRecord()),
)


def test_it_comes_back():
    """All of it, and what is left is told beside it."""
    assert ReplayRecord.from_json(RECORD.to_json()) == RECORD
    assert RECORD.to_json()["rejected"] == 3


def test_odd_ones_open():
    """No replay is none; what is missing has its default."""
    assert ReplayRecord.from_json(None) is None
    assert ReplayRecord.from_json({}) is None
    assert ReplayRecord.from_json({"of": 5, "tried": "x", "readings": [1, {}]}) == ReplayRecord(
        "", Replayed(), (ReadingRecord(),)
    )
