"""Cron expressions: what they mean in words, and when they come next in a time zone."""

from __future__ import annotations

import os
import zoneinfo
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path

from cronsim import CronSim, CronSimError

from console import cron_words, sentences
from etl_batch.errors import UsageError
from etl_batch.reporting.formatting import counted

UTC_NAME = "UTC"
EXAMPLE = "0 6 * * 1-5"
FIELDS = "minute, hour, day of month, month, day of week"
LONGEST = 100
SHOWN = 5
"""Next times that a person is shown."""


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name; raises `UsageError` when there is none."""
    if name == UTC_NAME:
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(sentences.NO_ZONE.format(name=name, utc=UTC_NAME), field="zone") from error


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The time zones that may be chosen, UTC first; those kept for old systems only are left out."""
    names = zoneinfo.available_timezones()
    return (UTC_NAME, *sorted(name for name in names if "/" in name and not name.startswith(("Etc/", "SystemV/"))))


def machine_zone() -> str:
    """The machine's time zone: `TZ`, else where /etc/localtime leads to, else UTC."""
    linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", ""), linked):
        if name and Path(name).name == name.rpartition("/")[2] and name in zone_names():
            return name
    return UTC_NAME


def words(expression: str) -> str:
    """What an expression means, such as `At 06:00 on Monday through Friday`; raises `UsageError` when it is none."""
    _simulation(expression, datetime(2000, 1, 1, tzinfo=UTC))
    return cron_words.explain(expression)


def next_after(expression: str, zone: str, after: float) -> float | None:
    """The first time past a moment, both in seconds since the epoch; None when it never comes again."""
    times = upcoming(expression, zone, after, 1)
    return times[0].timestamp() if times else None


def upcoming(expression: str, zone: str, after: float, number: int = SHOWN) -> list[datetime]:
    """The next times past a moment, in the zone of the expression; raises `UsageError`.

    A time that the change to summer time leaves out comes at the end of the gap, once; one that the change back
    brings twice comes the first time. Expressions for every hour or every so many minutes follow the clock on the wall.
    """
    last = datetime.fromtimestamp(after, zone_of(zone))
    simulation, found = _simulation(expression, last), list[datetime]()
    while len(found) < number:
        try:
            moment = next(simulation)
        except (StopIteration, OverflowError):
            break
        # Around a change of the clock two entries may fall on one instant, or one on an instant that is past.
        if moment.timestamp() > last.timestamp():
            found.append(moment)
            last = moment
    return found


def _simulation(expression: str, start: datetime) -> CronSim:
    fields = expression.split()
    shown = {"expression": expression, "fields": FIELDS, "example": EXAMPLE}
    if len(fields) != 5 or len(expression) > LONGEST or not expression.isascii():
        raise UsageError(sentences.NO_CRON.format(**shown), field="cron")
    try:
        return CronSim(" ".join(fields), start)
    except CronSimError as error:
        what = str(error).removeprefix("Bad ").replace("-", " ")
        raise UsageError(sentences.CRON_FIELD_WRONG.format(what=what, **shown), field="cron") from error


def check(expression: str, zone: str, now: float) -> float:
    """The next time of an expression that makes sense; raises `UsageError` for one that does not or never comes."""
    moment = next_after(expression, zone, now)
    if moment is None:
        raise UsageError(sentences.CRON_NEVER.format(expression=expression), field="cron")
    return moment


def span(seconds: float) -> str:
    """A length of time in words, in its two largest units: `2 hours 5 minutes`."""
    left, parts = max(round(seconds), 0), list[str]()
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(counted(count, unit))
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or counted(0, "second")
