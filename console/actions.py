"""The one door for permissions: every action the console knows, the role it takes, and the check that records refusals.

A role is looked up in the database at the action, because a page may have been open since before a demotion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from console import noted, proof, sentences, users
from console.users import Forbidden, Role, User

PLACE: ContextVar[str] = ContextVar("place", default="")
"""The screen or the route that asks, for the record of a refusal; empty outside of both, as on the command line."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody may want to do: the least role it takes, and the words that say so."""

    name: str
    """As the audit log has it, an area and what is done there: `run.launch`."""
    role: Role
    words: str
    """What completes "To ... takes the role ..."."""
    limit: str = ""
    """All that those below a super_admin may do it to: "own runs only"."""
    screen: str = ""
    """The title of the screen that it opens."""
    proof: bool = False
    """Whether it takes a password that was typed a short time ago."""

    def refusal(self, user: User) -> str:
        """Why a user may not do it, in a sentence."""
        if user.disabled:
            return sentences.ACCOUNT_DISABLED.format(name=user.name)
        sentence = sentences.SCREEN_NEEDS_ROLE if self.screen else sentences.NEEDS_ROLE
        return sentence.format(words=self.screen or self.words, role=self.role, name=user.name, own=user.role)


def _screen(page: str, title: str, role: Role = Role.VIEWER) -> Action:
    return Action(f"page.{page}", role, f"use the {title} screen", screen=title)


VIEWER, OPERATOR, SUPER_ADMIN = Role.VIEWER, Role.OPERATOR, Role.SUPER_ADMIN
ACTIONS = (
    _screen("home", "Home"),
    _screen("launch", "Launch", OPERATOR),
    _screen("live", "Live run"),
    _screen("runs", "Runs"),
    _screen("schedules", "Schedules"),
    _screen("report", "Report"),
    _screen("analytics", "Analytics"),
    _screen("data", "Data"),
    _screen("rejects", "Rejects"),
    _screen("layouts", "Layouts"),
    _screen("alerts", "Alerts", SUPER_ADMIN),
    _screen("users", "Users", SUPER_ADMIN),
    _screen("account", "My account"),
    _screen("audit", "Audit", SUPER_ADMIN),
    _screen("system", "System", SUPER_ADMIN),
    Action("run.status", VIEWER, "follow a run"),
    Action("run.launch", OPERATOR, "launch a run", limit="presets only"),
    Action("run.cancel", OPERATOR, "cancel a run", limit="own runs only"),
    Action("run.resume", OPERATOR, "resume a run", limit="own runs only"),
    Action("queue.list", VIEWER, "see the queue"),
    Action("queue.move", OPERATOR, "change the order of the queue", limit="own runs only"),
    Action("preset.list", OPERATOR, "see the presets"),
    Action("preset.launch", OPERATOR, "launch a preset"),
    Action("preset.save", SUPER_ADMIN, "save a preset"),
    Action("preset.delete", SUPER_ADMIN, "delete a preset"),
    Action("schedule.list", VIEWER, "see the schedules"),
    Action("schedule.run", OPERATOR, "run a schedule", limit="schedules of presets only"),
    Action("schedule.add", SUPER_ADMIN, "add a schedule"),
    Action("schedule.change", SUPER_ADMIN, "change a schedule"),
    Action("schedule.pause", SUPER_ADMIN, "pause a schedule"),
    Action("schedule.resume", SUPER_ADMIN, "resume a schedule"),
    Action("schedule.remove", SUPER_ADMIN, "delete a schedule"),
    Action("report.read", VIEWER, "read a report"),
    Action("file.download", VIEWER, "download a file"),
    Action("file.upload", SUPER_ADMIN, "upload a file"),
    Action("backup.download", VIEWER, "download a backup"),
    Action("backup.restore", SUPER_ADMIN, "restore a backup"),
    Action("rejects.download", VIEWER, "download rejects"),
    Action("layout.change", SUPER_ADMIN, "change a layout"),
    Action("history.policy", SUPER_ADMIN, "see what is kept"),
    Action("history.plan", SUPER_ADMIN, "plan a clean-up of the history"),
    Action("history.prune", SUPER_ADMIN, "clean up the history"),
    Action("alert.list", SUPER_ADMIN, "see the alerts"),
    Action("alert.rule.save", SUPER_ADMIN, "change an alert rule"),
    Action("alert.rule.delete", SUPER_ADMIN, "delete an alert rule"),
    Action("alert.channel.save", SUPER_ADMIN, "change an alert channel"),
    Action("alert.channel.delete", SUPER_ADMIN, "delete an alert channel"),
    Action("alert.channel.test", SUPER_ADMIN, "test an alert channel"),
    Action("alert.send_again", SUPER_ADMIN, "send an alert again"),
    Action("user.list", SUPER_ADMIN, "see the accounts"),
    Action("user.add", SUPER_ADMIN, "add an account", proof=True),
    Action("user.role", SUPER_ADMIN, "change a role", proof=True),
    Action("user.disable", SUPER_ADMIN, "disable an account", proof=True),
    Action("user.enable", SUPER_ADMIN, "enable an account", proof=True),
    Action("user.link", SUPER_ADMIN, "reset a password", proof=True),
    Action("user.sessions", SUPER_ADMIN, "end sessions of others", proof=True),
    Action("user.factor", SUPER_ADMIN, "reset a second factor", proof=True),
    Action("session.list", VIEWER, "see your sessions"),
    Action("session.end", VIEWER, "end a session", proof=True),
    Action("session.end_others", VIEWER, "end your other sessions", proof=True),
    Action("session.prove", VIEWER, "type your password again"),
    Action("session.sign_out", VIEWER, "sign out"),
    Action("device.list", VIEWER, "see your browsers"),
    Action("device.seen", VIEWER, "put a notice away"),
    Action("account.language", VIEWER, "choose your language"),
    Action("account.password", VIEWER, "change your password"),
    Action("account.factor.on", VIEWER, "turn your second factor on", proof=True),
    Action("account.factor.off", VIEWER, "turn your second factor off", proof=True),
    Action("account.factor.codes", VIEWER, "make new recovery codes", proof=True),
    Action("account.passkey.add", VIEWER, "add a passkey", proof=True),
    Action("account.passkey.remove", VIEWER, "remove a passkey", proof=True),
    Action("audit.read", SUPER_ADMIN, "read the audit log"),
    Action("audit.export", SUPER_ADMIN, "export the audit log", proof=True),
    Action("settings.change", SUPER_ADMIN, "change the settings", proof=True),
    Action("settings.sign_on", SUPER_ADMIN, "change single sign-on", proof=True),
    Action("system.watch", SUPER_ADMIN, "watch the machine"),
    Action("system.measure", SUPER_ADMIN, "measure the files"),
    Action("metrics.read", SUPER_ADMIN, "read the metrics"),
)
BY_NAME = {action.name: action for action in ACTIONS}


@contextmanager
def act(home: Path, name: str, user: User | None) -> Iterator[User]:
    """Do inside what the action of that name is; gives the user as the database has them now.

    Raises `Forbidden` when the account is gone, disabled or below the action's role. That and every `Forbidden` from
    inside, as for the run of somebody else, goes on the audit log with the action and the place it was asked from.
    Raises `ProofNeeded` where the action takes one.
    """
    now, action = None if user is None else users.find(home, user.name), BY_NAME[name]
    try:
        checked = _checked(action, now)
        if action.proof:
            proof.require(home, action.words)
        yield checked
    except Forbidden:
        # Nobody in particular is not recorded: anybody who reaches the port could write to the log without end.
        if now is not None:
            noted.refusal(home, now.name, name, PLACE.get())
        raise


def _checked(action: Action, user: User | None) -> User:
    if user is None:
        raise Forbidden(sentences.SESSION_ENDED.format(words=action.words))
    if not may(user, action.name):
        raise Forbidden(action.refusal(user))
    return user


def may(user: User, name: str, *, within: bool = True) -> bool:
    """Whether a user's role suffices for an action; `within`: whether it is done to what the action's limit names.

    To decide what a page offers, and about limits inside `act`. It lets nobody do anything.
    """
    action = BY_NAME[name]
    needed = action.role if within or not action.limit else Role.SUPER_ADMIN
    return not user.disabled and user.role.allows(needed)
