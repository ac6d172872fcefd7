"""`python -m console schedules list|add|remove`, which `etl schedule ...` starts: schedules from the shell.

The grammar is the engine's, so that both commands take the same flags. Whoever may read `.secrets/` may use it; the
audit log names the login, and the schedule gets an owner among the super_admins.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console import cron, schedules, sentences, users
from console.presets import OF_THE_LAUNCH
from console.schedules import Missed, Schedule, ScheduleDraft
from console.users import Role, User
from etl_batch.cli import wording
from etl_batch.cli.arguments import parse_arguments
from etl_batch.cli.configuration import run_config
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.cli.main import complain
from etl_batch.cli.printing import told
from etl_batch.config import RunConfig
from etl_batch.errors import EtlError, UsageError
from etl_batch.language import ENGLISH, of_environment, speaking
from etl_batch.settings import setting
from etl_batch.targets import resolve_targets


def main(arguments: list[str]) -> int:
    """One command; returns its exit code, 0 or that of the error it prints in one line."""
    with speaking(ENGLISH if "--json" in arguments else of_environment(os.environ)):
        return _main(arguments)


def _main(arguments: list[str]) -> int:
    try:
        parsed = parse_arguments(["schedule", *arguments])
        found = _act(parsed, home_of(parsed))
    except EtlError as error:
        complain(error, as_json="--json" in arguments)
        return error.exit_code
    if parsed.json:
        print(json.dumps({"schedules": [_as_json(schedule) for schedule in found]}))
    else:
        for schedule in found:
            print(_as_text(schedule))
        if parsed.action == "remove":
            print(wording.SCHEDULE_REMOVED.format(name=parsed.name))
        elif not found:
            print(wording.NO_SCHEDULES)
    return 0


def _act(parsed: argparse.Namespace, home: Path) -> list[Schedule]:
    """Do what the arguments say and return the schedules it was about."""
    if parsed.action == "list":
        return schedules.list_schedules(home)
    by = f"cli:{_login()}"
    if parsed.action == "remove":
        schedules.remove(home, parsed.name, _super_admins(home)[0], by)
        return []
    owner = _owner(home, parsed.user)
    return [schedules.add(home, _draft(parsed, home, owner), owner, by)]


def _draft(parsed: argparse.Namespace, home: Path, owner: User) -> ScheduleDraft:
    told = given(parsed)
    # How often its runs are tried again is said of the schedule, whatever it runs.
    named = [setting(name).flag for name in told if name not in {*OF_THE_LAUNCH, "retries"}]
    named += ["--no-parquet"] if parsed.no_parquet else []
    if parsed.preset is not None and named:
        raise UsageError(sentences.IN_PRESET_ALREADY.format(option=named[0]))
    config = None if parsed.preset is not None else _config(parsed, home, owner)
    zone = parsed.tz or cron.machine_zone()
    return ScheduleDraft(
        parsed.name, parsed.cron, zone, parsed.preset, config, Missed(parsed.missed), told.get("retries")
    )


def _config(parsed: argparse.Namespace, home: Path, owner: User) -> RunConfig:
    """The run that the flags ask for. The console runs it from another directory, so its paths become absolute."""
    config = run_config(parsed)
    resolve_targets(config)
    inputs = tuple(str(Path(value).absolute()) for value in config.inputs)
    return config.changed({"inputs": inputs, "user": owner.name, "home": home})


def _owner(home: Path, name: str | None) -> User:
    """The super_admin who answers for the schedule: the one named, else the login's, else the only one."""
    admins = _super_admins(home)
    wanted = (name or _login()).casefold()
    for user in admins:
        if user.name.casefold() == wanted:
            return user
    if name is None and len(admins) == 1:
        return admins[0]
    names = ", ".join(user.name for user in admins)
    raise UsageError(sentences.OWNER_NO_SUPER_ADMIN.format(names=names))


def _super_admins(home: Path) -> list[User]:
    """Those who may sign in, at least one; raises `UsageError`."""
    admins = [user for user in users.list_users(home) if user.role is Role.SUPER_ADMIN and not user.disabled]
    if not admins:
        raise UsageError(sentences.NO_SUPER_ADMIN_YET)
    return admins


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return str(os.getuid())


def _as_json(schedule: Schedule) -> dict[str, Any]:
    return {
        "name": schedule.name,
        "cron": schedule.cron,
        "words": cron.words(schedule.cron),
        "zone": schedule.zone,
        "preset": schedule.preset,
        "config": None if schedule.config is None else schedule.config.to_json(),
        "missed": str(schedule.missed),
        "retries": schedule.retries,
        "owner": schedule.owner,
        "paused": schedule.paused,
        "next": [moment.isoformat() for moment in _next(schedule)],
        "last_at": _moment(schedule.last_at),
        "last_run": schedule.last_run,
        "last_word": schedule.last_word,
    }


def _as_text(schedule: Schedule) -> str:
    preset, config = schedule.preset, schedule.config
    what = wording.SCHEDULE_OF_PRESET.format(name=preset) if config is None else ", ".join(config.inputs)
    words = cron.words(schedule.cron)
    lines = [
        wording.SCHEDULE_LINE.format(
            name=schedule.name, words=words, zone=schedule.zone, what=what, owner=schedule.owner
        )
    ]
    if schedule.paused:
        lines.append(wording.SCHEDULE_PAUSED)
    lines += [wording.SCHEDULE_NEXT.format(moment=moment) for moment in _next(schedule)]
    if schedule.last_run or schedule.last_word:
        word = told(schedule.last_word or schedule.last_run or "")
        lines.append(wording.SCHEDULE_LAST.format(moment=_moment(schedule.last_at), word=word))
    return "\n".join(lines)


def _next(schedule: Schedule) -> list[datetime]:
    return [] if schedule.paused else cron.upcoming(schedule.cron, schedule.zone, time.time())


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
