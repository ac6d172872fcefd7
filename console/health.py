"""Health checks in words: what works, what needs somebody, and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from console import machine, settings, wording
from console.alerts import outbox_states
from console.database import reading, transaction
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import counted, duration, file_size, milliseconds, moment, parse_moment, quantity
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_watch import look

STILL_SECONDS = 60.0
"""A job that waits so long beside a free runner waits for nobody."""
CLOCK_SECONDS = 60.0
AUDIT_PATIENCE_SECONDS = 0.3
"""How long the records that have come since the last verification may take to be read before the screen is drawn."""
OLD_VERIFICATION_SECONDS = 7 * 24 * 3600.0


class CheckState(StrEnum):
    """How a check ended; the values are the views' tones."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its result in a sentence."""

    name: str
    state: CheckState
    sentence: str


def checks(home: Path, now: float | None = None) -> list[Check]:
    """Every check, in the order of the screen. A check that fails in itself says so and does not stop the others."""
    moment_now = time.time() if now is None else now
    table: tuple[tuple[str, Callable[[Path, float], tuple[CheckState, str]]], ...] = (
        ("database", _database),
        ("audit", _audit),
        ("disk", _disk),
        ("queue", _queue),
        ("alerts", _alerts),
        ("clock", _clock),
    )
    found = []
    for name, examine in table:
        try:
            found.append(Check(wording.CHECKS[name], *examine(home, moment_now)))
        except (EtlError, OSError) as error:
            found.append(Check(wording.CHECKS[name], CheckState.BAD, str(error)))
    return found


def _database(home: Path, _now: float) -> tuple[CheckState, str]:
    started = time.perf_counter()
    with transaction(home) as connection:
        # Writing the number that stands there already is a write all the same.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {version}")
    return CheckState.GOOD, wording.WRITTEN.format(time=milliseconds(time.perf_counter() - started))


def _audit(home: Path, now: float) -> tuple[CheckState, str]:
    state = look(home, AUDIT_PATIENCE_SECONDS)
    if state.last is None:
        words = wording.FIRST_VERIFICATION if state.checking else wording.NEVER_VERIFIED
        return (CheckState.GOOD if state.checking else CheckState.WARN), words
    if not state.last.ok:
        return CheckState.BAD, state.last.sentence
    read = parse_moment(state.last.read_at or state.last.at)
    long_ago = read is not None and now - read.timestamp() > OLD_VERIFICATION_SECONDS
    said = [wording.WHOLE.format(records=counted(state.last.records, "record"), moment=moment(state.last.at))]
    if state.since:
        said.append(wording.SINCE_THEN.format(records=counted(state.since, "record")))
    if long_ago:
        said.append(wording.READ_LONG_AGO)
    return (CheckState.WARN if long_ago or state.since is None else CheckState.GOOD), " ".join(said)


def _disk(home: Path, _now: float) -> tuple[CheckState, str]:
    reserve, low = int(settings.get(home, "disk_reserve_bytes")), machine.low_disks(home)
    if not low:
        return CheckState.GOOD, wording.ROOM.format(reserve=file_size(reserve))
    named = "; ".join(
        wording.LEFT_FOR.format(left=file_size(disk.free), folders=", ".join(disk.folders)) for disk in low
    )
    return CheckState.BAD, wording.NO_ROOM.format(disks=named, reserve=file_size(reserve))


def _queue(home: Path, now: float) -> tuple[CheckState, str]:
    with reading(home) as connection:
        waiting, since = connection.execute(
            "SELECT count(*), min(enqueued_at) FROM queue WHERE state = 'queued'"
        ).fetchone()
        running, taken = connection.execute(
            "SELECT count(*), max(taken_at) FROM queue WHERE state = 'running'"
        ).fetchone()
    enqueued = parse_moment(since)
    # A runner may have become free a moment ago: the wait counts from the last start, too.
    waited = 0.0 if enqueued is None else now - max(enqueued.timestamp(), taken or 0.0)
    if waiting and running < int(settings.get(home, "runners")) and waited > STILL_SECONDS:
        return CheckState.BAD, wording.STANDS_STILL.format(runs=counted(waiting, "run"), time=duration(waited))
    return CheckState.GOOD, wording.QUEUE.format(running=counted(running, "run"), waiting=counted(waiting, "run"))


def _alerts(home: Path, _now: float) -> tuple[CheckState, str]:
    states = outbox_states(home)
    messages, waiting = counted(states["accepted"], "message"), quantity(states["waiting"])
    if states["given_up"]:
        lost = counted(states["given_up"], "message")
        return CheckState.WARN, wording.NOT_DELIVERED.format(messages=messages, waiting=waiting, lost=lost)
    return CheckState.GOOD, wording.DELIVERED.format(messages=messages, waiting=waiting)


def _clock(home: Path, now: float) -> tuple[CheckState, str]:
    """Time stamps, sessions and schedules need a clock that does not go back; the audit log knows the latest time."""
    here = moment(datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"))
    newest = AuditLog(home).tail(1)
    latest = parse_moment(newest[0]["ts"]) if newest else None
    if latest is not None and latest.timestamp() - now > CLOCK_SECONDS:
        back = duration(latest.timestamp() - now)
        return CheckState.BAD, wording.CLOCK_BACK.format(here=here, time=back)
    return CheckState.GOOD, wording.CLOCK.format(here=here)
