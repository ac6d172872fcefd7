"""The console's command line: `python -m console users add|list|role|disable|enable|reset`, `... schedules ...`."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from etl_batch import lacking

try:
    from console import factors, links, schedule_verbs, sentences, users
    from console.single import accounts
    from console.users import Role, User
    from etl_batch import private
    from etl_batch.cli.home import tell_home
    from etl_batch.defaults import default_home
    from etl_batch.errors import EtlError, UsageError
except ModuleNotFoundError as error:
    lacking.end(error)


def parser() -> argparse.ArgumentParser:
    """The arguments that `python -m console` takes."""
    top = argparse.ArgumentParser(prog="python -m console", description="Manage the console from the shell.")
    areas = top.add_subparsers(dest="area", required=True)
    areas.add_parser("schedules", help="runs that start by themselves: list, add, remove", add_help=False)
    verbs = areas.add_parser("users", help="accounts of the console").add_subparsers(dest="verb", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--home",
        type=Path,
        default=None,
        help="folder of .secrets/ (default: ETL_HOME, else the checkout or, installed, where you are)",
    )
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    secret = argparse.ArgumentParser(add_help=False)
    way = secret.add_mutually_exclusive_group()
    way.add_argument("--password-stdin", action="store_true", help="read the password from the first line of stdin")
    way.add_argument("--link", action="store_true", help="print a one-time link with which its holder chooses one")
    secret.add_argument("--site", default=_site(), help="where browsers find the console (default: %(default)s)")
    add = verbs.add_parser("add", parents=[common, secret], help="add an account")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=[str(role) for role in Role], help="what the account may do")
    verbs.add_parser("list", parents=[common], help="list the accounts")
    role = verbs.add_parser("role", parents=[common], help="give an account another role, at once")
    role.add_argument("name")
    role.add_argument("role", choices=[str(role) for role in Role])
    verbs.add_parser("disable", parents=[common], help="lock an account and end its sessions").add_argument("name")
    verbs.add_parser("enable", parents=[common], help="unlock an account").add_argument("name")
    reset = verbs.add_parser("reset", parents=[common, secret], help="give a new password and end the sessions")
    reset.add_argument("name")
    lost = verbs.add_parser(
        "reset-second-factor", parents=[common], help="take the second factor of somebody away who has lost it"
    )
    lost.add_argument("name")
    link = verbs.add_parser(
        "link", parents=[common], help="let somebody of the single sign-on's provider into an account, and no password"
    )
    link.add_argument("name")
    link.add_argument("--issuer", required=True, help="the provider, as the settings spell it")
    link.add_argument("--subject", required=True, help="who it is there; the refused sign-in says it")
    verbs.add_parser("unlink", parents=[common], help="take an account back from the provider").add_argument("name")
    return top


def _site() -> str:
    return f"http://127.0.0.1:{os.environ.get('PORT') or '8501'}"


def read_password(from_stdin: bool) -> str:
    """The new password, from a pipe or typed twice; raises `UsageError` when the two differ."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(sentences.NO_TERMINAL)
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password, once more: ") != password:
        raise UsageError(sentences.PASSWORDS_DIFFER_START_AGAIN)
    return password


def run(arguments: argparse.Namespace) -> list[User]:
    """Do what the arguments say and return the accounts it was about; a link that was made is put into `arguments`."""
    home = (arguments.home or default_home()).absolute()
    if not arguments.home:
        tell_home(home)
    by = f"cli:{getpass.getuser()}"
    if arguments.verb == "list":
        return users.list_users(home)
    if arguments.verb in ("add", "reset"):
        return [_give_password(arguments, home, by)]
    if arguments.verb == "role":
        return [users.set_role(home, arguments.name, Role(arguments.role), by)]
    if arguments.verb == "link":
        return [accounts.link(home, arguments.name, arguments.issuer, arguments.subject, by)]
    changes: dict[str, Callable[[Path, str, str], User]] = {
        "disable": users.disable,
        "enable": users.enable,
        "reset-second-factor": factors.reset,
        "unlink": accounts.unlink,
    }
    return [changes[arguments.verb](home, arguments.name, by)]


def _give_password(arguments: argparse.Namespace, home: Path, by: str) -> User:
    """`add` and `reset`, with a password or with a link."""
    if not arguments.link:
        password = read_password(arguments.password_stdin)
        if arguments.verb == "reset":
            return users.reset(home, arguments.name, password, by)
        return users.create(home, arguments.name, Role(arguments.role), password, by)
    if arguments.verb == "add":
        users.invite(home, arguments.name, Role(arguments.role), by)
    made = links.create(home, arguments.name, by)
    arguments.made = arguments.site.rstrip("/") + made.path
    user = users.find(home, made.user)
    assert user is not None
    return user


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code: 0, or that of the error it prints in one line."""
    words = sys.argv[1:] if argv is None else argv
    private.begin()
    if words[:1] == ["schedules"]:
        return schedule_verbs.main(words[1:])
    arguments = parser().parse_args(words)
    try:
        found = run(arguments)
    except EtlError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    made = getattr(arguments, "made", None)
    if arguments.json:
        more = {"link": arguments.made} if made else {}
        rows = [{"name": user.name, "role": str(user.role), "disabled": user.disabled, **more} for user in found]
        print(json.dumps(rows))
    else:
        for user in found:
            print(f"{user.name:<32} {user.role:<12} {'disabled' if user.disabled else 'active'}")
        if made:
            print(f"For {found[0].name} alone, good once and for a day: {made}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
