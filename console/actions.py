"""The one door for permissions: every action the console knows, the role it takes, and the check that records refusals.

A role is looked up in the database at the action, because a page may have been open since before a demotion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from console import action_wording, noted, proof, sentences, users
from console import wording as console_wording
from console.users import Forbidden, Role, User

PAGE = "page"
"""The area of the actions that open a screen."""
PLACE: ContextVar[str] = ContextVar("place", default="")
"""The screen or the route that asks, for the record of a refusal; empty outside of both, as on the command line."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody may want to do: the least role it takes, and the words that say so."""

    name: str
    """As the audit log has it, an area and what is done there: `run.launch`."""
    role: Role
    limit: str = ""
    """All that those below a super_admin may do it to: "own runs only"."""
    proof: bool = False
    """Whether it takes a password that was typed a short time ago."""

    @property
    def screen(self) -> str:
        """The title of the screen that it opens; empty for any other action."""
        area, _, page = self.name.partition(".")
        return console_wording.SCREENS[page][0] if area == PAGE else ""

    @property
    def words(self) -> str:
        """What completes "To ... you need the role ..."."""
        return action_wording.USE_SCREEN.format(screen=self.screen) if self.screen else action_wording.WORDS[self.name]

    def refusal(self, user: User) -> str:
        """Why a user may not do it, in a sentence."""
        if user.disabled:
            return sentences.ACCOUNT_DISABLED.format(name=user.name)
        sentence = sentences.SCREEN_NEEDS_ROLE if self.screen else sentences.NEEDS_ROLE
        return sentence.format(words=self.screen or self.words, role=self.role, name=user.name, own=user.role)


VIEWER, OPERATOR, SUPER_ADMIN = Role.VIEWER, Role.OPERATOR, Role.SUPER_ADMIN
ACTIONS = (
    Action("page.home", VIEWER),
    Action("page.launch", OPERATOR),
    Action("page.live", VIEWER),
    Action("page.runs", VIEWER),
    Action("page.schedules", VIEWER),
    Action("page.report", VIEWER),
    Action("page.analytics", VIEWER),
    Action("page.data", VIEWER),
    Action("page.rejects", VIEWER),
    Action("page.layouts", VIEWER),
    Action("page.alerts", SUPER_ADMIN),
    Action("page.users", SUPER_ADMIN),
    Action("page.account", VIEWER),
    Action("page.audit", SUPER_ADMIN),
    Action("page.system", SUPER_ADMIN),
    Action("run.status", VIEWER),
    Action("run.launch", OPERATOR, limit="presets only"),
    Action("run.cancel", OPERATOR, limit="own runs only"),
    Action("run.resume", OPERATOR, limit="own runs only"),
    Action("needs.acknowledge", OPERATOR),
    Action("queue.list", VIEWER),
    Action("queue.move", OPERATOR, limit="own runs only"),
    Action("preset.list", OPERATOR),
    Action("preset.launch", OPERATOR),
    Action("preset.save", SUPER_ADMIN),
    Action("preset.delete", SUPER_ADMIN),
    Action("schedule.list", VIEWER),
    Action("schedule.run", OPERATOR, limit="schedules of presets only"),
    Action("schedule.add", SUPER_ADMIN),
    Action("schedule.change", SUPER_ADMIN),
    Action("schedule.pause", SUPER_ADMIN),
    Action("schedule.resume", SUPER_ADMIN),
    Action("schedule.remove", SUPER_ADMIN),
    Action("report.read", VIEWER),
    Action("file.download", VIEWER),
    Action("file.upload", SUPER_ADMIN),
    Action("backup.download", VIEWER),
    Action("backup.restore", SUPER_ADMIN),
    Action("rejects.download", VIEWER),
    Action("layout.change", SUPER_ADMIN),
    Action("history.policy", SUPER_ADMIN),
    Action("history.plan", SUPER_ADMIN),
    Action("history.prune", SUPER_ADMIN),
    Action("alert.list", SUPER_ADMIN),
    Action("alert.rule.save", SUPER_ADMIN),
    Action("alert.rule.delete", SUPER_ADMIN),
    Action("alert.channel.save", SUPER_ADMIN),
    Action("alert.channel.delete", SUPER_ADMIN),
    Action("alert.channel.test", SUPER_ADMIN),
    Action("alert.send_again", SUPER_ADMIN),
    Action("user.list", SUPER_ADMIN),
    Action("user.add", SUPER_ADMIN, proof=True),
    Action("user.role", SUPER_ADMIN, proof=True),
    Action("user.disable", SUPER_ADMIN, proof=True),
    Action("user.enable", SUPER_ADMIN, proof=True),
    Action("user.link", SUPER_ADMIN, proof=True),
    Action("user.sessions", SUPER_ADMIN, proof=True),
    Action("user.factor", SUPER_ADMIN, proof=True),
    Action("session.list", VIEWER),
    Action("session.end", VIEWER, proof=True),
    Action("session.end_others", VIEWER, proof=True),
    Action("session.prove", VIEWER),
    Action("session.sign_out", VIEWER),
    Action("device.list", VIEWER),
    Action("device.seen", VIEWER),
    Action("account.language", VIEWER),
    Action("account.password", VIEWER),
    Action("account.factor.on", VIEWER, proof=True),
    Action("account.factor.off", VIEWER, proof=True),
    Action("account.factor.codes", VIEWER, proof=True),
    Action("account.passkey.add", VIEWER, proof=True),
    Action("account.passkey.remove", VIEWER, proof=True),
    Action("audit.read", SUPER_ADMIN),
    Action("audit.export", SUPER_ADMIN, proof=True),
    Action("settings.change", SUPER_ADMIN, proof=True),
    Action("settings.sign_on", SUPER_ADMIN, proof=True),
    Action("system.watch", SUPER_ADMIN),
    Action("system.measure", SUPER_ADMIN),
    Action("metrics.read", SUPER_ADMIN),
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
            noted.refusal(home, now.name, name, PLACE.get(), action.screen)
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
