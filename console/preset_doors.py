"""What the Launch screen may do with presets, checked for whoever is signed in at the click."""

from __future__ import annotations

from console import identity, jobs, presets
from console.users import Role, User, check_role
from etl_batch.config import RunConfig
from etl_batch.defaults import default_home
from etl_batch.errors import UsageError
from etl_batch.ui.shared.doors import PresetDoors


def preset_doors(user: User) -> PresetDoors:
    """The doors for a user: operators launch, super_admins change too. Each action looks the session up again."""
    may_change = user.role.allows(Role.SUPER_ADMIN)
    return PresetDoors(every, launch, save if may_change else None, delete if may_change else None)


def every() -> dict[str, RunConfig]:
    """All presets by name."""
    check_role(identity.present(), Role.OPERATOR, "see the presets")
    return presets.list_presets(default_home())


def launch(name: str) -> str:
    """Put a run of a preset, as it stands now, into the queue; the queue checks both."""
    user = check_role(identity.present(), Role.OPERATOR, "launch a preset")
    config = presets.find(default_home(), name)
    if config is None:
        raise UsageError("This preset was deleted meanwhile; load the page again to see those there are.")
    return jobs.enqueue(default_home(), config, user)


def save(name: str, config: RunConfig) -> None:
    """Keep a configuration under a name; the service checks the role."""
    presets.save(default_home(), name, config, identity.present())


def delete(name: str) -> None:
    """Forget a preset; the service checks the role."""
    presets.delete(default_home(), name, identity.present())
