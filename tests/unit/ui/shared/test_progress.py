"""Progress as numbers: share, rate, time left and the marks of the stages."""

from __future__ import annotations

import pytest

from etl_batch.language import speaking
from etl_batch.model import RunStatus
from etl_batch.record.progress import LimitUse
from etl_batch.ui.shared.progress import (
    Pace,
    limit_meters,
    live_cards,
    meters,
    pace,
    pace_words,
    stage_marks,
    worker_rows,
)
from tests.records import progress


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Pace(0.0, 0.0, None)),
        ({"bytes_total": 100, "bytes_done": 0, "seconds": 2}, Pace(0.0, 0.0, None)),
        ({"bytes_total": 100, "bytes_done": 25, "seconds": 5}, Pace(0.25, 5.0, 15.0)),
        ({"bytes_total": 100, "bytes_done": 100, "seconds": 5}, Pace(1.0, 20.0, 0.0)),
        ({"bytes_total": 100, "bytes_done": 130, "seconds": 5}, Pace(1.0, 26.0, None)),
        ({"bytes_total": 0, "bytes_done": 10, "seconds": 0}, Pace(0.0, 0.0, None)),
        ({"bytes_total": 100, "bytes_done": 25, "seconds": 7, "stages": {"ingest": 2}}, Pace(0.25, 5.0, 15.0)),
        (
            {"bytes_total": 100, "bytes_done": 100, "seconds": 90, "stages": {"ingest": 2, "finish": 7}},
            Pace(1.0, 20.0, 0.0),
        ),
    ],
)
def test_pace(values, expected):
    """Nothing is promised before there is a rate, and a file that grew never shows more than all of it."""
    assert pace(progress(values)) == expected


@pytest.mark.parametrize(
    ("stage", "status", "states"),
    [
        ("plan", RunStatus.QUEUED, ["ahead"] * 6),
        ("plan", RunStatus.RUNNING, ["now", *["ahead"] * 5]),
        ("ingest", RunStatus.RUNNING, ["past", "now", *["ahead"] * 4]),
        ("finish", RunStatus.RUNNING, ["past", "past", "now", *["ahead"] * 3]),
        ("report", RunStatus.RUNNING, [*["past"] * 4, "now", "ahead"]),
        ("ingest", RunStatus.FAILED, ["past", "stopped", *["ahead"] * 4]),
        ("analytics", RunStatus.CANCELLED, [*["past"] * 3, "stopped", *["ahead"] * 2]),
        ("ingest", RunStatus.SUCCESS, ["past"] * 6),
        ("done", RunStatus.RUNNING, ["past"] * 6),
        ("a stage of the future", RunStatus.RUNNING, ["now", *["ahead"] * 5]),
    ],
)
def test_stage_marks(stage, status, states):
    """The present stage is marked, the earlier ones lie behind, and a failed run stopped at its present one."""
    assert [mark.state for mark in stage_marks(progress(stage=stage), status)] == states


def test_stages_say_how_long_they_took():
    """Each past stage until the next one began, the present one until now, those to come nothing; the end in all."""
    values = {"stage": "analytics", "seconds": 9.0, "stages": {"plan": 0.0, "ingest": 0.5, "finish": 7.0}}
    values["stages"]["analytics"] = 7.25
    times = [mark.time for mark in stage_marks(progress(values), RunStatus.RUNNING)]
    assert [time.replace("\N{NARROW NO-BREAK SPACE}", " ") for time in times] == [
        "0.50 s", "6.50 s", "0.25 s", "1.75 s", "", "",
    ]  # fmt: skip
    values["stages"] |= {"report": 9.0, "done": 10.0}
    done = stage_marks(progress(values, stage="done", seconds=10.0), RunStatus.SUCCESS)[-1]
    assert done.time == "10.0\N{NARROW NO-BREAK SPACE}s in all"


def test_workers_and_what_they_are_at():
    """A chunk is counted from one; a worker without one is starting; entries of another version draw nothing."""
    activity = [
        {"pid": 7, "chunk": 0, "cpu_percent": 50.0, "memory_bytes": 1000},
        {"pid": 8, "chunk": None, "cpu_percent": 250.0, "memory_bytes": 0},
        "of another version",
    ]
    first, second = worker_rows(progress(activity=activity))
    assert (first.pid, first.chunk, first.share) == ("7", "1", 0.5)
    assert (second.chunk, second.share) == ("starting", 1.0)
    assert worker_rows(progress(activity=None)) == worker_rows(progress()) == []


def test_words_and_cards_stand_an_empty_progress():
    """A progress file of another version may lack any key."""
    assert pace_words(progress()) == "0\N{NARROW NO-BREAK SPACE}B of 0\N{NARROW NO-BREAK SPACE}B"
    assert {card.tone for card in live_cards(progress())} == {"plain"}


@pytest.mark.parametrize(
    ("workers", "cluster", "said", "in_portuguese"),
    [
        (4, 0, "4 workers", "4 processos"),
        (0, 3, "3 workers of the cluster", "3 processos do cluster"),
        (4, 1, "1 worker of the cluster", "1 processo do cluster"),
        (0, 0, "", ""),
    ],
)
def test_who_does_the_chunks(workers, cluster, said, in_portuguese):
    """The workers of this machine or those of the cluster, as far as they are known."""
    now = progress(workers=workers, cluster=[{"host": "10.0.0.1"}] * cluster, chunks_done=7)
    assert (live_cards(now)[-1].value, live_cards(now)[-1].note) == ("7", said)
    with speaking("pt_br"):
        assert live_cards(now)[-1].note == in_portuguese


def test_memory_against_its_limit():
    """The bar turns yellow near the limit, red past it, and never runs over; without a limit it stays empty."""
    bars = [meters(progress(memory_bytes=used, memory_limit_bytes=100))[1] for used in (90, 95, 101)]
    assert [bar.tone for bar in bars] == ["plain", "warn", "bad"]
    assert [bar.fraction for bar in bars] == [0.9, 0.95, 1.0]
    assert meters(progress(memory_bytes=5))[1].fraction == 0.0
    assert meters(progress(cpu_percent=42.0))[0].fraction == 0.42


def test_limits_are_meters_and_the_one_that_was_hit_stands_out():
    """Times as times, sizes as sizes; of the disk what is left; a name of another version as it is."""
    given = (
        LimitUse("time", 30, 3600),
        LimitUse("memory", 2_000_000_000, 1_000_000_000),
        LimitUse("output", 950, 1000),
        LimitUse("disk", 500, 1000, "/srv"),
        LimitUse("disk", 4000, 1000, "/srv"),
        LimitUse("later", 0, 0),
    )
    words = [meter.words.replace("\N{NARROW NO-BREAK SPACE}", " ") for meter in limit_meters(given)]
    assert words == [
        "30.0 s of 1 h 00 min 00 s",
        "2.00 GB, past the limit of 1.00 GB",
        "950 B of 1.00 kB",
        "500 B left, less than 1.00 kB",
        "4.00 kB left, at least 1.00 kB",
        "0 B of 0 B",
    ]
    assert [(meter.label, round(meter.fraction, 2), meter.tone) for meter in limit_meters(given)] == [
        ("Time", 0.01, "plain"),
        ("Memory in use", 1.0, "bad"),
        ("Outputs", 0.95, "warn"),
        ("Disk left free", 1.0, "bad"),
        ("Disk left free", 0.25, "plain"),
        ("later", 1.0, "warn"),
    ]
