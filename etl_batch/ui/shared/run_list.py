"""A list of runs: each with its state, its inputs by name, when it began and by what, and what came of it.

The rows are links where the doors have addresses, so that they work without a script and from the keyboard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import NOTHING, ago, duration, moment, parse_moment, quantity, visible
from etl_batch.runs.history.index import Origin, RunRow
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Tone

NAMES_LENGTH, ERROR_LENGTH = 160, 2000
_LOWEST_BAR = 0.02
"""A run of no time is still there to be clicked."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run as it is read."""

    run_id: str
    url: str | None
    names: str
    status: str
    tone: Tone
    ago: str
    began: str
    """The exact moment."""
    moment: str
    """The same for programs."""
    by: str
    error: str
    written: str
    written_note: str
    rejected: str
    time: str


@dataclass(frozen=True, slots=True)
class RunBar:
    """One run of the drawing: its height as a share of the longest."""

    url: str | None
    share: float
    tone: Tone
    words: str


def show_run_list(
    doors: Doors,
    rows: Sequence[RunRow],
    *,
    title: str,
    tick: Mapping[str, str] | None = None,
    errors: bool = True,
) -> None:
    """Draw runs, a row each, with what went wrong in full.

    `tick`: the parameters of the list, from which two ticked runs can be compared. `errors`: whether it is for this
    list to say what went wrong.
    """
    schedules = doors.schedules_of([row.run_id for row in rows]) if doors.schedules_of is not None else {}
    now = datetime.now(UTC)
    runs = [listed(doors, row, now, schedules.get(row.run_id), tick or {}) for row in rows]
    action = doors.address(Screen.RUNS, {}) if doors.address is not None and tick is not None else None
    markup.show("runs.html", title=title, runs=runs, errors=errors, action=action, kept=dict(tick or {}))


def listed(
    doors: Doors,
    row: RunRow,
    now: datetime,
    schedule: str | None = None,
    kept: Mapping[str, str] = MappingProxyType({}),
) -> ListedRun:
    """A run in words. `schedule`: the one that it comes from; `kept`: what its address keeps for the way back."""
    began = "" if row.status is RunStatus.QUEUED else began_at(row)
    return ListedRun(
        run_id=row.run_id,
        url=doors.address(Screen.RUNS, {**kept, "run": row.run_id}) if doors.address is not None else None,
        names=names_of(row),
        status=markup.status_word(row.status),
        tone=markup.TONES[row.status],
        ago=ago(began, now) if began else NOTHING,
        began=moment(began) if began else "",
        moment=began,
        by=started_by(row, schedule),
        error=visible(markup.said(row.error or ""), ERROR_LENGTH),
        **_written(row),
        rejected=quantity(row.rejected),
        time=duration(row.seconds) if row.seconds else NOTHING,
    )


def _written(row: RunRow) -> dict[str, str]:
    """What was published; of a run that has published nothing, that and how far it has read."""
    if row.published:
        return {"written": quantity(row.written), "written_note": ""}
    read = wording.READ_SO_FAR_NUMBER.format(number=quantity(row.records)) if row.records else ""
    return {"written": wording.NOTHING_PUBLISHED if row.status.final else NOTHING, "written_note": read}


def names_of(row: RunRow, limit: int = NAMES_LENGTH) -> str:
    """The inputs of a run as a person calls them."""
    return visible(", ".join(row.names) or wording.NO_INPUT, limit)


def began_at(row: RunRow) -> str:
    """When a run began; its id begins with the time where the start was never recorded. Empty when nobody knows."""
    begun = row.started_at or row.run_id.partition("-")[0]
    return begun if parse_moment(begun) is not None else ""


def started_by(row: RunRow, schedule: str | None) -> str:
    """Who or what has started a run, and whether it goes on with one or replays one."""
    who = visible(row.user, 60)
    if schedule is not None:
        who = wording.BY_SCHEDULE.format(name=visible(schedule, 80))
    elif row.origin is Origin.COMMAND_LINE:
        who = wording.BY_COMMAND_LINE.format(user=who)
    how = [wording.WAS_RESUMED] if row.origin is Origin.RESUMED else []
    how += [wording.REPLAYS.format(run_id=visible(row.replay_of, 80))] if row.replay_of else []
    return ", ".join(filter(None, (who, *how)))


def show_run_bars(doors: Doors, rows: Sequence[RunRow], *, title: str) -> None:
    """How long each run took, the oldest on the left, in the colour of its state; each bar leads to its run."""
    longest = max((row.seconds for row in rows), default=0.0)
    bars = [_bar(doors, row, longest) for row in reversed(rows)]
    states = [status for status in RunStatus if any(row.status is status for row in rows)]
    legend = [(markup.status_word(status), markup.TONES[status]) for status in states]
    markup.show("run_bars.html", title=title, bars=bars, longest=duration(longest), legend=legend)


def _bar(doors: Doors, row: RunRow, longest: float) -> RunBar:
    words = wording.BAR.format(
        names=names_of(row, 60),
        status=markup.status_word(row.status),
        time=duration(row.seconds),
        moment=moment(began_at(row)) if began_at(row) else row.run_id,
    )
    url = doors.address(Screen.RUNS, {"run": row.run_id}) if doors.address is not None else None
    return RunBar(url, max(row.seconds / longest if longest else 0.0, _LOWEST_BAR), markup.TONES[row.status], words)
