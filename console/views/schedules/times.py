"""Moments for a person: on the clock of the browser that looks, and how far off they are."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console import cron
from console.views.schedules import wording
from etl_batch.reporting.formatting import day_and_time


def viewer_zone() -> str:
    """The time zone of the browser that looks at the page; UTC where it does not say."""
    zone = st.context.timezone
    return zone if isinstance(zone, str) and zone in cron.zone_names() else cron.UTC_NAME


def when(seconds: float | None, zone: str) -> str:
    """A moment as people write it: `Mon 23 Nov 2026, 06:00`."""
    if seconds is None:
        return wording.NEVER
    return day_and_time(datetime.fromtimestamp(seconds, UTC).astimezone(cron.zone_of(zone)))


def next_times(expression: str, zone: str, shown_in: str, now: float) -> list[tuple[str, str]]:
    """The next five times of a cron expression as the clock of `shown_in` has them, and how far off each is."""
    return [
        (when(moment.timestamp(), shown_in), wording.FROM_NOW.format(span=cron.span(moment.timestamp() - now)))
        for moment in cron.upcoming(expression, zone, now)
    ]
