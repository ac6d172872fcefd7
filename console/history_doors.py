"""What the Runs screen may do with old runs and backups, checked for whoever is signed in at the click."""

from __future__ import annotations

from console import history, identity
from console.users import Role, User, check_role
from etl_batch.defaults import default_home
from etl_batch.retention import Policy, Pruned, PrunePlan
from etl_batch.ui.shared.doors import CleanUpDoors


def clean_up_doors(user: User) -> CleanUpDoors | None:
    """The doors for a super_admin, None for others. Each action looks the session up again."""
    return CleanUpDoors(policy, plan, prune) if user.role.allows(Role.SUPER_ADMIN) else None


def policy() -> Policy:
    """What the settings keep."""
    check_role(identity.present(), Role.SUPER_ADMIN, "see what is kept")
    return history.policy(default_home())


def plan(wanted: Policy) -> PrunePlan:
    """What a policy would delete; the service checks the role."""
    return history.plan(default_home(), wanted, identity.present())


def prune(planned: PrunePlan) -> Pruned:
    """Delete what was planned; the service checks the role."""
    return history.prune(default_home(), planned, identity.present())
