"""Progress as numbers: share, rate, time left and the marks of the stages."""

from __future__ import annotations

import pytest

from etl_batch.model import RunStatus
from etl_batch.ui.progress import Pace, live_cards, pace, pace_words, stage_marks


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ({}, Pace(0.0, 0.0, None)),
        ({"bytes_total": 100, "bytes_done": 0, "seconds": 2}, Pace(0.0, 0.0, None)),
        ({"bytes_total": 100, "bytes_done": 25, "seconds": 5}, Pace(0.25, 5.0, 15.0)),
        ({"bytes_total": 100, "bytes_done": 100, "seconds": 5}, Pace(1.0, 20.0, 0.0)),
        ({"bytes_total": 100, "bytes_done": 130, "seconds": 5}, Pace(1.0, 26.0, None)),
        ({"bytes_total": 0, "bytes_done": 10, "seconds": 0}, Pace(0.0, 0.0, None)),
    ],
)
def test_pace(progress, expected):
    """Nothing is promised before there is a rate, and a file that grew never shows more than all of it."""
    assert pace(progress) == expected


@pytest.mark.parametrize(
    ("stage", "status", "states"),
    [
        ("plan", RunStatus.QUEUED, ["ahead", "ahead", "ahead", "ahead"]),
        ("plan", RunStatus.RUNNING, ["now", "ahead", "ahead", "ahead"]),
        ("ingest", RunStatus.RUNNING, ["past", "now", "ahead", "ahead"]),
        ("finish", RunStatus.RUNNING, ["past", "now", "ahead", "ahead"]),
        ("report", RunStatus.RUNNING, ["past", "past", "past", "now"]),
        ("ingest", RunStatus.FAILED, ["past", "stopped", "ahead", "ahead"]),
        ("analytics", RunStatus.CANCELLED, ["past", "past", "stopped", "ahead"]),
        ("ingest", RunStatus.SUCCESS, ["past"] * 4),
        ("done", RunStatus.RUNNING, ["past"] * 4),
        ("a stage of the future", RunStatus.RUNNING, ["now", "ahead", "ahead", "ahead"]),
    ],
)
def test_stage_marks(stage, status, states):
    """The present stage is marked, the earlier ones lie behind, and a failed run stopped at its present one."""
    assert [mark.state for mark in stage_marks(stage, status)] == states


def test_words_and_cards_stand_an_empty_progress():
    """A progress file of another version may lack any key."""
    assert pace_words({}) == "0\N{NARROW NO-BREAK SPACE}B of 0\N{NARROW NO-BREAK SPACE}B"
    assert {card.tone for card in live_cards({})} == {"plain"}


def test_memory_over_the_limit_is_shown_as_bad():
    """The card turns red past the limit and no sooner."""
    tones = [live_cards({"memory_bytes": used, "memory_limit_bytes": 10})[-1].tone for used in (10, 11)]
    assert tones == ["plain", "bad"]
