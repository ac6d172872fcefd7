"""Cron expressions: words, next times, and what the two changes of the clock do to them."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import cron
from etl_batch.errors import UsageError
from etl_batch.language import LANGUAGES, speaking

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
        ("*/5 * * * *", "Every 5 minutes"),
        ("30 2 1 * *", "At 02:30 on day 1 of the month"),
        (" 0  6 * *  * ", "At 06:00 every day"),
        ("0 * * * *", "At the start of every hour"),
        ("15,45 * * * *", "At minutes 15 and 45 of every hour"),
        ("*/15 8-18 * * *", "Every 15 minutes from 08:00 through 18:59"),
        ("7 0-23/2 * * *", "At minute 7 every 2 hours"),
        ("0 9,17 L * *", "At 09:00 and 17:00 on the last day of the month"),
        ("0 0 LW JAN-MAR *", "At 00:00 on the last weekday of the month in January through March"),
        ("0 0 * 1,7 5L", "At 00:00 on the last Friday of the month in January and July"),
        ("0 0 1-7 * MON", "At 00:00 on days 1 through 7 of the month or on Monday"),
        ("0 0 */2 * MON", "At 00:00 every 2 days of the month, and only on Monday"),
    ],
)
def test_words(expression, words):
    """An expression is said in plain words, whatever its spaces."""
    assert cron.words(expression) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 6 * * 1-5", "Às 06:00 de segunda-feira a sexta-feira"),
        ("0 6 * * 0,6", "Às 06:00 aos domingos e aos sábados"),
        ("*/15 8-18 * * *", "A cada 15 minutos das 08:00 às 18:59"),
        ("0 0 * 1,7 5L", "Às 00:00 na última sexta-feira do mês em janeiro e julho"),
        ("0 0 * * 6#2", "Às 00:00 no segundo sábado do mês"),
    ],
)
def test_words_in_portuguese(expression, words):
    """The same from the other table, and the first one's again afterwards."""
    with speaking("pt_br"):
        assert cron.words(expression) == words
    assert cron.words(expression) != words


PART = st.sampled_from(["*", "*/2", "3", "2,4", "1-5", "2-5/2", "1,3-4", "*/2,3"])


@given(PART, PART, PART | st.sampled_from(["L", "LW", "L,2"]), PART, PART | st.sampled_from(["1#2", "5L", "2,5L"]))
def test_every_expression_has_words(minute, hour, day, month, weekday):
    """Whatever is combined, in both languages, with nothing left to be put in."""
    expression = f"{minute} {hour} {day} {month} {weekday}"
    for language in LANGUAGES:
        with speaking(language):
            assert re.search("[{}]", cron.words(expression)) is None


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
