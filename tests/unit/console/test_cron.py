"""Cron expressions: words, next times, and what the two changes of the clock do to them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from console import cron
from etl_batch.errors import UsageError

BERLIN = "Europe/Berlin"


def times(expression: str, start: str, number: int = 4, zone: str = BERLIN) -> list[str]:
    """Next times past a moment on the clock of the zone, to the minute with the offset."""
    moment = datetime.fromisoformat(start)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return [
        found.isoformat(timespec="minutes") for found in cron.upcoming(expression, zone, moment.timestamp(), number)
    ]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 6 * * 1-5", "At 06:00 on Monday through Friday"),
        ("*/5 * * * *", "Every fifth minute of every hour"),
        ("30 2 1 * *", "At 02:30 on the first day of every month"),
        (" 0  6 * *  * ", "At 06:00 every day"),
    ],
)
def test_words(expression, words):
    """An expression is said in plain words, whatever its spaces."""
    assert cron.words(expression) == words


@pytest.mark.parametrize(
    ("expression", "start", "expected"),
    [
        # the gap of 29 March 2026: 02:00 to 03:00 does not exist
        ("30 2 * * *", "2026-03-28T20:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        ("0,30 2,3 * * *", "2026-03-28T20:00", ["2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00"]),
        ("*/30 * * * *", "2026-03-29T01:15", ["2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00"]),
        # the hour of 25 October 2026 that comes twice
        ("30 2 * * *", "2026-10-24T20:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("30 2 * * *", "2026-10-25T02:15+01:00", ["2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"]),
        ("30 * * * *", "2026-10-25T01:45", ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"]),
        ("0 6 * * *", "2026-10-24T20:00", ["2026-10-25T06:00+01:00", "2026-10-26T06:00+01:00"]),
    ],
)
def test_summer_time(expression, start, expected):
    """A daily time comes once on each of the two odd days; a frequent one follows the clock on the wall."""
    assert times(expression, start, 2) == expected


@pytest.mark.parametrize("expression", ["30 2 * * *", "0,30 2,3 * * *", "*/20 1-4 * * *", "15 * * * *"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_next_is_always_later(expression, day):
    """From any minute of an odd day the next time lies past that minute, and the next five follow one another."""
    midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo(BERLIN)).timestamp()
    for minute in range(0, 26 * 60, 5):
        now = midnight + 60 * minute
        found = [moment.timestamp() for moment in cron.upcoming(expression, BERLIN, now)]
        assert [now, *found] == sorted({now, *found})


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "five fields"),
        ("* * * * * *", "five fields"),
        ("@daily", "five fields"),
        ("60 * * * *", "minute is wrong"),
        ("0 25 * * *", "hour is wrong"),
        ("0 0 30 2 *", "day of month is wrong"),
        ("0 0 * * 9", "day of week is wrong"),
        ("\u0665 0 * * *", "five fields"),
        ("1," * 60 + "1 * * * *", "five fields"),
    ],
)
def test_what_is_no_expression(expression, reason):
    """It is refused with the field that is wrong and an example."""
    with pytest.raises(UsageError, match=reason) as refused:
        cron.check(expression, "UTC", 0.0)
    assert cron.EXAMPLE in refused.value.message
    assert refused.value.field == "cron"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_what_is_no_time_zone(zone):
    """A name that is no zone is refused, and none leads to a file elsewhere."""
    with pytest.raises(UsageError, match="is no time zone"):
        cron.check("0 6 * * *", zone, 0.0)


def test_the_machine_has_a_zone(monkeypatch):
    """`TZ` counts when it names a zone; the answer is always one that may be chosen."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert cron.machine_zone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "nonsense")
    assert cron.machine_zone() in cron.zone_names()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.6, "1 minute"),
        (3661, "1 hour 1 minute"),
        (3605, "1 hour"),
        (90_000, "1 day 1 hour"),
        (-5, "0 seconds"),
    ],
)
def test_spans(seconds, words):
    """A length of time is told in its two largest units."""
    assert cron.span(seconds) == words
