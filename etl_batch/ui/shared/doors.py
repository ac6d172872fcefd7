"""The doors of a view: everything in which the console and an embedding app differ, passed in from outside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from etl_batch.config import RunConfig
from etl_batch.datasets.restore import Restored, RestorePlan
from etl_batch.layouts import LayoutChange
from etl_batch.model import RunStatus
from etl_batch.retention import Policy, Pruned, PrunePlan
from etl_batch.runs.processes.cancellation import CancelReport


class Screen(StrEnum):
    """Screens that a view may lead to; the value is the last part of the console's address."""

    HOME = "home"
    LAUNCH = "launch"
    LIVE = "live"
    RUNS = "runs"
    REPORT = "report"
    ANALYTICS = "analytics"
    DATA = "data"
    REJECTS = "rejects"
    LAYOUTS = "layouts"


Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PresetDoors:
    """Configurations under a name. Every action checks the user's rights itself and raises `EtlError`."""

    every: Callable[[], Mapping[str, RunConfig]]
    """All of them by name."""
    launch: Callable[[str], str]
    """Start or queue a run of the one with that name, as it stands now; returns the run's id."""
    save: Callable[[str, RunConfig], None] | None = None
    """Keep a configuration under a name; None for those who may only launch."""
    delete: Callable[[str], None] | None = None
    """Forget the one with that name; None for those who may only launch."""


@dataclass(frozen=True, slots=True)
class CleanUpDoors:
    """Deleting old runs, reports and backups. Every action checks the user's rights itself and raises `EtlError`."""

    policy: Callable[[], Policy]
    """What the settings say is kept."""
    plan: Callable[[Policy], PrunePlan]
    """What such a policy would delete; nothing is changed."""
    prune: Callable[[PrunePlan], Pruned]
    """Delete exactly what a plan names."""


@dataclass(frozen=True, slots=True)
class NeedsDoors:
    """What needs somebody, for all who look after a home. Every action checks the user's rights itself."""

    seen_to: Callable[[Sequence[str]], Collection[str]]
    """Those of some runs that need nobody any more."""
    acknowledge: Callable[[Sequence[str]], None] | None = None
    """Say so of some runs; None for those who may only look."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What views may do and where they lead. Every action checks the user's rights itself and raises `EtlError`."""

    home: Path
    user: str
    launch: Callable[[RunConfig], str]
    """Start or queue a run; returns its id."""
    launch_refusal: str | None
    """Why this user may not launch, in a sentence; None when they may."""
    cancel: Callable[[str], CancelReport]
    """Stop a run by its id."""
    may_cancel: Callable[[str], bool]
    """Whether this user may cancel a run of the user with that name."""
    resume: Callable[[str], None]
    """Go on with a run that was cut off, by its id."""
    may_resume: Callable[[str], bool]
    """Whether this user may go on with a run of the user with that name."""
    status: Callable[[str], RunStatus]
    """A run's state. Called on every tick of a live view, so the console checks the session in it."""
    go: Callable[[Screen, Parameters], None]
    """Show another screen; does not return."""
    link: Callable[[str, Screen, Parameters], None]
    """Draw a link with that label to another screen."""
    address: Callable[[Screen, Parameters], str] | None = None
    """Address of another screen; None where screens have none, as in an embedding app."""
    schedules_of: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    """Of some runs those that a schedule has started, each with its schedule's name."""
    needs: NeedsDoors | None = None
    """What needs somebody; None where nobody keeps it."""
    report_url: Callable[[str], str] | None = None
    """Address of a run's report; None when only the file on disk can be shown."""
    file_url: Callable[[str, str], str] | None = None
    """Address of a run's file (run id, base name); None when files are reached on disk alone."""
    drafts: MutableMapping[str, object] | None = None
    """What this user has typed and not launched in this browser; None where that lasts as long as the page is open."""
    upload_url: str | None = None
    """Where a form may post a file to; None without uploads."""
    upload_limit: Callable[[], int] | None = None
    """Bytes that an upload may have now."""
    presets: PresetDoors | None = None
    """The saved configurations; None where there are none, as in an embedding app."""
    change_layout: Callable[[LayoutChange], None] | None = None
    """Save, rename or delete one of the home's own layouts; None for a user who may only look at them."""
    clean_up: CleanUpDoors | None = None
    """Retention by age and size; None for a user who may not delete."""
    backup_url: Callable[[str, str], str] | None = None
    """Address of a backup (a run that wrote the output, the backup's base name)."""
    restore: Callable[[RestorePlan], Restored] | None = None
    """Put a backup back in its output's place; None for a user who may not."""
    rejects_url: Callable[[str, Parameters], str] | None = None
    """Address of a run's rejects that fit a filter, as JSON lines."""
