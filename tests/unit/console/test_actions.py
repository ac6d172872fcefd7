"""The one door: every action as everybody, through the real services, and every refusal on the audit log."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from console import (
    account,
    alerts,
    audit_export,
    doors,
    history,
    identity,
    jobs,
    layouts,
    needs,
    people,
    presets,
    schedules,
    settings,
    users,
)
from console.actions import ACTIONS, BY_NAME, Action, act, may
from console.jobs import Move
from console.passkeys import own as own_passkeys
from console.schedules import ScheduleDraft
from console.screens import NAVIGATION
from console.single import saving
from console.single.configuration import SignOn
from console.users import Forbidden, Role, User
from etl_batch.datasets.restore import RestorePlan
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import EtlError
from etl_batch.layouts import LayoutChange
from etl_batch.retention import Policy, PrunePlan
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_search import AuditFilter
from tests.passkeys import SITE
from tests.support import become, config_of

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
CONSOLE = PROJECT_ROOT / "console"
ROUTES = {
    "report.read", "file.download", "file.upload", "backup.download", "rejects.download", "session.sign_out",
    "metrics.read",
}  # fmt: skip
"""Actions whose only door is a route: test_web.py walks those."""
DRAFT = ScheduleDraft("nightly", "0 6 * * *", "UTC", preset="sales")
Service = Callable[[Path, User | None], object]
SERVICES: dict[str, Service] = {
    "run.launch": lambda home, user: jobs.enqueue(home, config_of(home), user),
    "run.cancel": lambda home, user: jobs.cancel(home, "no-such-run", user),
    "run.resume": lambda home, user: jobs.resume(home, "no-such-run", user),
    "needs.acknowledge": lambda home, user: needs.acknowledge(home, ["no-such-run"], user),
    "queue.move": lambda home, user: jobs.move(home, "no-such-run", Move.UP, user),
    "preset.launch": lambda home, user: jobs.enqueue_preset(home, "sales", user),
    "preset.save": lambda home, user: presets.save(home, "more", config_of(home), user),
    "preset.delete": lambda home, user: presets.delete(home, "none", user),
    "schedule.add": lambda home, user: schedules.add(home, DRAFT, user),
    "schedule.change": lambda home, user: schedules.change(home, DRAFT, user),
    "schedule.pause": lambda home, user: schedules.pause(home, "none", user),
    "schedule.resume": lambda home, user: schedules.resume(home, "none", user),
    "schedule.remove": lambda home, user: schedules.remove(home, "none", user),
    "schedule.run": lambda home, user: schedules.run_now(home, "none", user),
    "backup.restore": lambda home, user: history.restore(home, RestorePlan((), None, None), user),
    "layout.change": lambda home, user: layouts.change(home, LayoutChange("bad", "{}"), user),
    "history.plan": lambda home, user: history.plan(home, Policy(), user),
    "history.prune": lambda home, user: history.prune(home, PrunePlan(()), user),
    "alert.rule.save": lambda home, user: alerts.save_rule(home, alerts.Rule("", alerts.RuleKind.FAILED), user),
    "alert.rule.delete": lambda home, user: alerts.delete_rule(home, 99, user),
    "alert.channel.save": lambda home, user: alerts.save_channel(home, user, name="", settings=alerts.Webhook()),
    "alert.channel.delete": lambda home, user: alerts.delete_channel(home, 99, user),
    "alert.channel.test": lambda home, user: alerts.send_test(home, 99, user),
    "alert.send_again": lambda home, user: alerts.send_again(home, 99, user),
    "user.list": people.accounts,
    "user.add": lambda home, user: people.invite(home, "guest", Role.VIEWER, user),
    "user.role": lambda home, user: people.change_role(home, "none", Role.VIEWER, user),
    "user.disable": lambda home, user: people.disable(home, "none", user),
    "user.enable": lambda home, user: people.enable(home, "none", user),
    "user.link": lambda home, user: people.reset_link(home, "none", user),
    "user.sessions": lambda home, user: people.end_sessions(home, "none", user),
    "user.factor": lambda home, user: people.reset_factor(home, "none", user),
    "session.list": account.own_sessions,
    "session.end": lambda home, user: account.end_session(home, user, "none"),
    "session.end_others": lambda home, user: account.end_others(home, user, "none"),
    "session.prove": lambda home, user: account.prove(home, user, PASSWORD, "none"),
    "device.list": lambda home, user: account.own_devices(home, user, ""),
    "device.seen": lambda home, user: account.put_notice_away(home, user, ""),
    "account.language": lambda home, user: account.choose_language(home, user, "xx"),
    "account.password": lambda home, user: account.change_password(home, user, PASSWORD, "short", "none"),
    "account.factor.on": account.begin_factor,
    "account.factor.off": account.turn_factor_off,
    "account.factor.codes": account.renew_recovery_codes,
    "account.passkey.add": lambda home, user: own_passkeys.begin(home, user, "Laptop", SITE, "here"),
    "account.passkey.remove": lambda home, user: own_passkeys.remove(home, user, "none"),
    "audit.export": lambda home, user: list(audit_export.export(home, AuditFilter(), "jsonl", user)),
    "settings.sign_on": lambda home, user: saving.save(home, user, SignOn(enabled=True)),
    "settings.change": lambda home, user: settings.change(home, {"runners": 0}, user),
}
"""Each action by its service. Most are about something that is not there: only who is let through counts here."""
EVERYBODY = ("nobody", "gone", "viewer", "operator", "super_admin", "disabled", "demoted")


@pytest.fixture
def everybody(home: Path, people: dict[Role, User], monkeypatch: pytest.MonkeyPatch) -> dict[str, User | None]:
    """Whoever may ask, as an open page believes them to be; the database knows better of the last three."""
    monkeypatch.setenv("ETL_HOME", str(home))
    presets.save(home, "sales", config_of(home), people[Role.SUPER_ADMIN])
    for name in ("disabled", "demoted"):
        users.create(home, name, Role.SUPER_ADMIN, PASSWORD, by="test")
    users.disable(home, "disabled", "test")
    users.set_role(home, "demoted", Role.VIEWER, "test")
    claimed = {name: User(name, Role.SUPER_ADMIN) for name in ("gone", "disabled", "demoted")}
    return {str(role): user for role, user in people.items()} | claimed | {"nobody": None}


def is_allowed(action: Action, who: str) -> bool:
    """What the table says, worked out without the code under test."""
    order = ["viewer", "operator", "super_admin"]
    role = {"demoted": "viewer"}.get(who, who)
    return role in order and order.index(role) >= order.index(str(action.role))


def is_let_through(action: Action, home: Path, user: User | None) -> bool:
    """Ask for it, of the service or else as a page and what it draws do; whether no `Forbidden` came of it."""
    service = SERVICES.get(action.name)
    try:
        identity.require(action.name) if service is None else service(home, user)
    except Forbidden:
        return False
    except EtlError:
        # Past the door: what was asked for does not exist, and that is another matter.
        return True
    return True


def detail_of(action: Action) -> dict[str, str]:
    """What the record of a refusal says beside the action: a screen is named by its title too."""
    screen = {"screen": action.screen} if action.screen else {}
    return {"place": "somewhere", "address": "127.0.0.1", **screen}


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_action_as_everybody(home, everybody, monkeypatch, who):
    """Who may is let through; who may not is refused, and on the log with action and place unless they are nobody."""
    become(monkeypatch, everybody[who])
    monkeypatch.setitem(identity.st.session_state, identity.SCREEN_KEY, "somewhere")
    identity.visitor()
    asked = [action for action in ACTIONS if action.name not in ROUTES]
    through = {action.name: is_let_through(action, home, everybody[who]) for action in asked}
    assert through == {action.name: is_allowed(action, who) for action in asked}
    refused = [] if who in ("nobody", "gone") else [action for action in asked if not through[action.name]]
    found = [(each["user"], each["target"], each["detail"]) for each in AuditLog(home).search(action="refused")]
    assert found[::-1] == [(who, action.name, detail_of(action)) for action in refused]


def test_no_action_is_forgotten_here():
    """What neither a service nor a route does is a page, or something that a page draws or reads."""
    drawn = {"run.status", "queue.list", "schedule.list", "preset.list", "history.policy", "alert.list", "audit.read",
             "system.watch", "system.measure"}  # fmt: skip
    pages = {page.action for page in NAVIGATION}
    assert {action.name for action in ACTIONS} == SERVICES.keys() | ROUTES | pages | drawn
    assert len(BY_NAME) == len(ACTIONS)


def test_every_screen_says_its_title_when_it_refuses():
    """The sentence names the screen as the navigation does."""
    vera = User("vera", Role.VIEWER)
    for page in NAVIGATION:
        action = BY_NAME[page.action]
        sentence = f"The {page.title} screen needs the role {action.role}; 'vera' is viewer. Ask a super_admin."
        assert action.refusal(vera) == sentence


@pytest.mark.parametrize(
    ("name", "user", "sentence"),
    [
        ("run.launch", User("vera", Role.VIEWER),
         "To launch a run you need the role operator; 'vera' is viewer. Ask a super_admin."),
        ("audit.read", User("ada", Role.SUPER_ADMIN, disabled=True),
         "The account 'ada' is disabled; ask a super_admin to enable it."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_is_wrong_and_what_to_do(name, user, sentence):
    """A role that does not suffice and an account that is disabled are told apart."""
    assert BY_NAME[name].refusal(user) == sentence


def test_four_refused_pages_leave_four_records(home, everybody, monkeypatch):
    """Each names its screen, however often it is tried."""
    become(monkeypatch, everybody["viewer"])
    for page in ("alerts", "users", "audit", "system") * 2:
        with pytest.raises(Forbidden):
            identity.require(f"page.{page}")
    found = AuditLog(home).search(action="refused")
    assert [each["target"] for each in reversed(found)] == ["page.alerts", "page.users", "page.audit", "page.system"]


@pytest.fixture
def foreign(home, everybody) -> str:
    """A run that waits and belongs to the super_admin."""
    return jobs.enqueue(home, config_of(home), everybody["super_admin"])


@pytest.mark.parametrize(
    ("name", "attempt"),
    [
        ("run.launch", lambda home, _run, user: jobs.enqueue(home, config_of(home, seed=7), user)),
        ("run.cancel", lambda home, run, user: jobs.cancel(home, run, user)),
        ("run.resume", lambda home, run, user: jobs.resume(home, run, user)),
        ("queue.move", lambda home, run, user: jobs.move(home, run, Move.FRONT, user)),
        ("schedule.run", lambda home, _run, user: schedules.run_now(home, "own", user)),
    ],
)
def test_what_goes_beyond_the_limit_of_an_operator_is_recorded(home, everybody, foreign, name, attempt):
    """The run of somebody else and what is no preset: refused inside the action, on the log, and nothing is changed."""
    schedules.add(
        home, ScheduleDraft("own", "0 6 * * *", "UTC", config=config_of(home, seed=7)), everybody["super_admin"]
    )
    before = [job.run_id for job in jobs.list_queue(home)]
    with pytest.raises(Forbidden, match="only"):
        attempt(home, foreign, everybody["operator"])
    found = AuditLog(home).search(action="refused")
    assert [(each["user"], each["target"]) for each in found] == [("operator", name)]
    assert [job.run_id for job in jobs.list_queue(home)] == before
    assert BY_NAME[name].limit


def test_an_allowed_change_is_recorded_once(home, everybody, foreign):
    """The door adds no record of its own to the one that each change writes."""
    changes: dict[str, Service] = {
        "run.cancel": lambda home, user: jobs.cancel(home, foreign, user),
        "run.enqueue": lambda home, user: jobs.enqueue_preset(home, "sales", user),
        "preset.save": lambda home, user: presets.save(home, "more", config_of(home), user),
        "preset.delete": lambda home, user: presets.delete(home, "more", user),
        "schedule.add": lambda home, user: schedules.add(home, DRAFT, user),
        "schedule.pause": lambda home, user: schedules.pause(home, "nightly", user),
        "settings.change": lambda home, user: settings.change(home, {"runners": 3}, user),
        "user.role": lambda home, user: people.change_role(home, "viewer", Role.OPERATOR, user),
        "user.disable": lambda home, user: people.disable(home, "viewer", user),
        "user.link": lambda home, user: people.reset_link(home, "operator", user),
        "audit.export": lambda home, user: audit_export.export(home, AuditFilter(), "csv", user),
    }
    before = AuditLog(home).tail(1)[0]["seq"]
    for change in changes.values():
        change(home, everybody["super_admin"])
    new = [each for each in AuditLog(home).tail(50) if each["seq"] > before]
    assert [each["action"] for each in reversed(new)] == list(changes)
    assert {each["user"] for each in new} == {"super_admin"}


def test_a_refusal_that_cannot_be_recorded_is_one_all_the_same(home, everybody):
    """A spoilt log lets nobody through."""
    (home / ".secrets" / "audit.key").write_text("spoilt")
    with pytest.raises(Forbidden), act(home, "settings.change", everybody["viewer"]):
        pytest.fail("let through")


def test_what_a_page_offers_follows_the_limit():
    """`may` knows who has no limit, and that the disabled may nothing."""
    viewer, operator, super_admin = (User("x", role) for role in Role)
    assert [may(user, "run.cancel") for user in (viewer, operator, super_admin)] == [False, True, True]
    assert [may(user, "run.cancel", within=False) for user in (viewer, operator, super_admin)] == [False, False, True]
    assert [may(user, "report.read", within=False) for user in (viewer, operator)] == [True, True]
    assert not may(User("x", Role.SUPER_ADMIN, disabled=True), "report.read")


# No way around the door ----------------------------------------------------------------------------------------------

NO_ACTIONS = {
    "actions.act": "is the door",
    "actions.may": "decides what a page offers and lets nobody through",
    "doors.doors_for": "builds doors, each of which asks again",
    "entering.ask_factor": "lets nobody in, but asks somebody for the second factor who has shown the first",
    "entering.begin_session": "opens the session of somebody who has shown all there is to show",
    "entering.enter": "opens the session of somebody who has just given the password, or asks for the second factor",
    "identity.speak": "draws a page in its user's language",
    "jobs.insert": "runs inside the caller's transaction, for a user that the door or the schedule's owner check gave",
    "login.confirm": "a step of account.password, which went through the door",
    "login.may_use_passwords": "a step of signing in, which lets nobody through by itself",
    "login.signs_in_here": "a step of signing in, which lets nobody through by itself",
    "noted.download": "writes the record of a download that was let through",
    "entry.prove": "a step of session.prove, which went through the door",
    "pending.record": "writes the record of a sign-in",
    "proof.give": "a step of session.prove, which went through the door",
    "proof.note": "a step of session.prove, which went through the door",
    "screens.pages_for": "decides what the navigation shows; each page checks itself",
    "schedules.insert": "runs inside the caller's transaction, for the schedule's owner, who was asked for",
    "sessions.enter": "signing in: its user has shown the password",
    "sessions.start": "opens the session of somebody who has just signed in",
    "users.stands": "tells whether a password that was shown still is the account's",
}
"""Public functions that take a `User` and are no actions, with the reason."""
ASKERS = {"visitor", "check", "require"}
"""How a door of the views learns who is there; each leads to `act`."""


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public functions of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def taken_users(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The parameters that are a `User`, or None for nobody."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each.arg for each in given if each.annotation and ast.unparse(each.annotation) in ("User", "User | None")]


def doors_in(node: ast.AST) -> list[tuple[str, str]]:
    """The calls `with act(home, "name", user)` in some code, as name and user."""
    found = []
    for each in ast.walk(node):
        for item in each.items if isinstance(each, ast.With) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "act":
                found.append((ast.unparse(call.args[1]).strip("'"), ast.unparse(call.args[2])))
    return found


def ways_around(module: str, source: str) -> list[str]:
    """The public functions of a module that take a `User` and do not hand it to the door before anything else."""
    found = []
    for function in functions(ast.parse(source)):
        for name in taken_users(function):
            through = [action for action, user in doors_in(function) if user == name and action in BY_NAME]
            if not through and f"{module}.{function.name}" not in NO_ACTIONS:
                found.append(f"{module}.{function.name}")
    return found


def modules() -> list[tuple[str, str]]:
    """The console's services: name and source of every module below the views."""
    paths = [path for path in sorted(CONSOLE.rglob("*.py")) if "views" not in path.parts]
    return [(path.stem, path.read_text(encoding="utf-8")) for path in paths]


def test_every_service_that_takes_a_user_goes_through_the_door():
    """A public function with a `User` among its parameters opens with `act`, or stands in the list of exceptions."""
    assert [around for name, source in modules() for around in ways_around(name, source)] == []
    there = {f"{name}.{function.name}" for name, source in modules() for function in functions(ast.parse(source))}
    assert NO_ACTIONS.keys() <= there


@pytest.mark.parametrize(
    ("name", "source"), [pair for pair in modules() if "with act(" in pair[1] or ", act(" in pair[1]]
)
def test_a_door_that_is_taken_out_is_missed(name, source):
    """Each module's first door, put out of work, is found by the test above."""
    tree = ast.parse(source)
    guarded = [function.name for function in functions(tree) if taken_users(function) and doors_in(function)]
    if guarded:
        assert ways_around(name, source.replace("act(home, ", "look(home, ")) == [f"{name}.{each}" for each in guarded]


def test_every_action_is_asked_for_somewhere():
    """No name in the table is dead, and no code names one that is not there (`act` would raise `KeyError`)."""
    checked, offered = {page.action for page in NAVIGATION}, set()
    for path in [*CONSOLE.rglob("*.py"), *(PROJECT_ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                names = {arg.value for arg in node.args if isinstance(arg, ast.Constant) and "." in str(arg.value)}
                checked |= names if called in ("act", "allowed", "check", "require") else set()
                offered |= names if called == "may" else set()
    assert checked == set(BY_NAME)
    assert offered <= checked


def test_every_door_of_the_views_asks_who_is_there():
    """A function that the views may call learns the user at the call, not from the page that was drawn before."""
    tree = ast.parse((CONSOLE / "doors.py").read_text(encoding="utf-8"))
    asking = {
        function.name
        for function in functions(tree)
        if any(isinstance(node, ast.Attribute) and node.attr in ASKERS for node in ast.walk(function))
    }
    assert {function.name for function in functions(tree)} - asking == {"doors_for", "rejects_url"}
    assert doors.launch.__name__ in asking


def test_the_documentation_lists_every_action():
    """The table in docs/security.md is the table of the code, an area a row and a role a column."""
    areas: dict[str, dict[Role, list[str]]] = {}
    for action in ACTIONS:
        area, _, what = action.name.partition(".")
        cell = f"`{what}` ({action.limit})" if action.limit else f"`{what}`"
        areas.setdefault(area, {role: [] for role in Role})[action.role].append(cell)
    lines = (PROJECT_ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| | viewer | operator also | super_admin also |") + 2
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start : start + len(areas)]]
    assert cells == [[f"`{area}`", *map(", ".join, columns.values())] for area, columns in areas.items()]
    assert lines[start + len(areas)] == ""
