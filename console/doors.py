"""What the engine's views may do for whoever is signed in: the `Doors` of a user, each an action of the console.

Every door asks again who is there, because a page may stay open for long; the service it leads to checks the role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from console import drafts, history, identity, jobs, layouts, needs, presets, sentences, uploads
from console.actions import may
from console.screens import address, go, link
from console.users import User
from etl_batch.config import RunConfig
from etl_batch.datasets.restore import Restored, RestorePlan
from etl_batch.defaults import default_home
from etl_batch.layouts import LayoutChange
from etl_batch.model import RunStatus
from etl_batch.retention import Policy, Pruned, PrunePlan
from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.ui.shared.doors import CleanUpDoors, Doors, NeedsDoors, PresetDoors


def doors_for(user: User) -> Doors:
    """What the views may do and where they lead."""
    return Doors(
        home=default_home(),
        user=user.name,
        launch=launch,
        launch_refusal=None if may(user, "run.launch", within=False) else sentences.OPERATOR_MAY_NOT_LAUNCH,
        cancel=cancel,
        may_cancel=lambda owner: may(user, "run.cancel", within=owner == user.name),
        resume=resume,
        may_resume=lambda owner: may(user, "run.resume", within=owner == user.name),
        status=status,
        go=go,
        link=link,
        address=address,
        schedules_of=schedules_of,
        needs=NeedsDoors(seen_to, acknowledge if may(user, "needs.acknowledge") else None),
        report_url=lambda run_id: f"/reports/{quote(run_id, safe='')}",
        file_url=lambda run_id, name: f"/files/{quote(run_id, safe='')}/{quote(name, safe='')}",
        drafts=drafts.of(default_home(), user.name, identity.current_session()),
        upload_url="/upload" if may(user, "file.upload") else None,
        upload_limit=lambda: uploads.largest(default_home()),
        presets=_preset_doors(user),
        clean_up=CleanUpDoors(clean_up_policy, plan_clean_up, clean_up) if may(user, "history.prune") else None,
        backup_url=lambda run_id, name: f"/backups/{quote(run_id, safe='')}/{quote(name, safe='')}",
        restore=restore if may(user, "backup.restore") else None,
        rejects_url=rejects_url,
        change_layout=change_layout if may(user, "layout.change") else None,
    )


def _preset_doors(user: User) -> PresetDoors | None:
    if not may(user, "preset.list"):
        return None
    return PresetDoors(
        every_preset,
        launch_preset,
        save_preset if may(user, "preset.save") else None,
        delete_preset if may(user, "preset.delete") else None,
    )


def rejects_url(run_id: str, wanted: Mapping[str, str]) -> str:
    """Where a run's rejects that fit a filter are downloaded."""
    return f"/rejects/{quote(run_id, safe='')}/filtered.jsonl?{urlencode(wanted, errors='replace')}"


def launch(config: RunConfig) -> str:
    """Put a run into the queue."""
    return jobs.enqueue(default_home(), config, identity.visitor())


def cancel(run_id: str) -> CancelReport:
    """Stop a run."""
    return jobs.cancel(default_home(), run_id, identity.visitor())


def resume(run_id: str) -> None:
    """Have a run that was cut off gone on with."""
    jobs.resume(default_home(), run_id, identity.visitor())


def status(run_id: str) -> RunStatus:
    """A run's state; stops the script when the session has ended, because timers run past the page's own gate."""
    identity.require("run.status")
    return reconcile(default_home(), run_id)


def schedules_of(run_ids: Sequence[str]) -> dict[str, str]:
    """Those of some runs that a schedule has started."""
    identity.check("schedule.list")
    return jobs.schedules_of(default_home(), run_ids)


def seen_to(run_ids: Sequence[str]) -> set[str]:
    """Those of some runs that need nobody any more."""
    identity.check("run.status")
    return needs.acknowledged(default_home(), run_ids)


def acknowledge(run_ids: Sequence[str]) -> None:
    """Say of some runs that they need nobody any more."""
    needs.acknowledge(default_home(), run_ids, identity.visitor())


def every_preset() -> dict[str, RunConfig]:
    """All presets by name."""
    identity.check("preset.list")
    return presets.list_presets(default_home())


def launch_preset(name: str) -> str:
    """Put a run of a preset, as it stands now, into the queue."""
    return jobs.enqueue_preset(default_home(), name, identity.visitor())


def save_preset(name: str, config: RunConfig) -> None:
    """Keep a configuration under a name."""
    presets.save(default_home(), name, config, identity.visitor())


def delete_preset(name: str) -> None:
    """Forget a preset."""
    presets.delete(default_home(), name, identity.visitor())


def clean_up_policy() -> Policy:
    """What the settings keep."""
    identity.check("history.policy")
    return history.policy(default_home())


def plan_clean_up(wanted: Policy) -> PrunePlan:
    """What a policy would delete."""
    return history.plan(default_home(), wanted, identity.visitor())


def clean_up(planned: PrunePlan) -> Pruned:
    """Delete what was planned."""
    return history.prune(default_home(), planned, identity.visitor())


def restore(plan: RestorePlan) -> Restored:
    """Put a backup back."""
    return history.restore(default_home(), plan, identity.visitor())


def change_layout(change: LayoutChange) -> None:
    """Change one of the home's layouts."""
    layouts.change(default_home(), change, identity.visitor())
