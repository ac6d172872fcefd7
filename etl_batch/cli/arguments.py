"""The command line's grammar: every verb and flag, each with its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from etl_batch import __version__, sentences
from etl_batch.cli import wording
from etl_batch.cli.printing import told
from etl_batch.defaults import LAUNCHED
from etl_batch.errors import UsageError
from etl_batch.reading_options import READING, REPLAY_OPTIONS
from etl_batch.settings import SETTINGS, SettingKind, setting
from etl_batch.stores.url import path_of


class _Help(argparse.HelpFormatter):
    """Help whose own words are those of the language that is spoken."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """As ever, with the word before it from the table."""
        super().add_usage(usage, actions, groups, wording.USAGE if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UsageError`s, so that they leave by the same door as all others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, formatter_class=_Help, **options)
        self._positionals.title, self._optionals.title = wording.POSITIONALS, wording.OPTIONS
        self.add_argument("-h", "--help", action="help", help=wording.HELP)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting."""
        problem = told(message[:1].upper() + message[1:])
        raise UsageError(sentences.command_line.WRONG_FLAGS.format(problem=problem, prog=self.prog))

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        # Python 3.11 takes the value of `--user=--` for the end of the flags, and fails over its absence.
        if action.option_strings and arg_strings == ["--"]:
            value = self._get_value(action, "--")
            self._check_value(action, value)
            return value
        return super()._get_values(action, arg_strings)


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """The parsed arguments; without a sub-command the verb is `run`. Raises `UsageError`."""
    if not argv or (argv[0] not in (*VERBS, LAUNCHED) and argv[0] not in ("-h", "--help", "--version")):
        argv = ["run", *argv]
    parsed = build_parser(argv[0]).parse_args(argv)
    parsed.words = argv[1:]
    return parsed


def build_parser(verb: str | None = None) -> Parser:
    """The whole grammar, or that of one verb: all flags of all verbs take ten milliseconds."""
    parser = Parser(
        prog="etl",
        description=wording.SUMMARY,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Quantum ETL {__version__}", help=wording.VERSION)
    verbs = parser.add_subparsers(dest="verb", parser_class=Parser, metavar=f"{{{','.join(VERBS)}}}")
    for name in [verb] if verb in _GRAMMARS else _GRAMMARS:
        _GRAMMARS[name](verbs)
    return parser


def _verb(parent: Any, name: str, summary: str) -> Parser:
    parser: Parser = parent.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    return parser


def _common(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help=wording.AS_JSON)
    _settings(parser, "home")


def _reading(parser: Parser) -> None:
    _settings(parser, *READING)


def _settings(parser: Parser, *names: str) -> None:
    """The flags of settings, as the table has them."""
    for name in names:
        _setting(parser, name)


def _setting(parser: Parser, name: str, summary: str = "") -> None:
    """The flag of one setting; `summary`: its help where it means something else than in a run."""
    row = setting(name)
    shown = (summary or row.help).format(default=row.default).replace("%", "%%")
    options: dict[str, Any] = {"dest": name, "help": shown}
    if row.kind is SettingKind.SWITCH:
        options |= {"action": "store_const", "const": True}
    elif row.choices:
        options |= {"choices": row.choices} | ({"metavar": row.metavar} if row.metavar else {})
    else:
        options |= {"metavar": row.metavar, "type": _TYPES.get(row.kind, path_of if row.kind.path else str)}
        options |= {"action": "append"} if row.kind.many else {}
    parser.add_argument(*row.flags, **options)
    if row.negation is not None:
        parser.add_argument(row.negation[0], action="store_true", help=row.negation[1])


def _share(text: str) -> float:
    """A number, or per cent of one: `0.01` and `1%` are the same."""
    number = text.strip()
    return float(number[:-1]) / 100.0 if number.endswith("%") else float(number)


_TYPES: dict[SettingKind, Callable[[str], Any]] = {
    SettingKind.WHOLE: int,
    SettingKind.NUMBER: float,
    SettingKind.SHARE: _share,
}


def _add_run(verbs: Any) -> None:
    run = _verb(verbs, "run", wording.VERB_RUN)
    _settings(run, *(row.name for row in SETTINGS if row.name != "home"))
    run.add_argument("--quiet", action="store_true", help=wording.QUIET)
    _common(run)


def _add_resume(verbs: Any) -> None:
    resume = _verb(verbs, "resume", wording.VERB_RESUME)
    resume.add_argument("run_id", metavar="RUN_ID", help=wording.RUN_ID)
    resume.add_argument("--quiet", action="store_true", help=wording.QUIET)
    _common(resume)


def _add_replay(verbs: Any) -> None:
    replay = _verb(verbs, "replay", wording.VERB_REPLAY)
    replay.add_argument("run_id", metavar="RUN_ID", help=wording.RUN_ID)
    _settings(replay, "append", *REPLAY_OPTIONS, "workers", "timeout", "max_rejects", "user", "report", "profile")
    replay.add_argument("--quiet", action="store_true", help=wording.QUIET)
    _common(replay)


def _add_launched(verbs: Any) -> None:
    launched: Parser = verbs.add_parser(LAUNCHED, description=wording.LAUNCHED)
    launched.add_argument("run_id", metavar="RUN_ID", help=wording.THE_RUN)
    _settings(launched, "home")


def _add_detect(verbs: Any) -> None:
    detect = _verb(verbs, "detect", wording.VERB_DETECT)
    detect.add_argument("files", nargs="+", metavar="FILE", help=wording.FILES)
    _reading(detect)
    _common(detect)


def _add_estimate(verbs: Any) -> None:
    estimate = _verb(verbs, "estimate", wording.VERB_ESTIMATE)
    estimate.add_argument("path", metavar="PATH", help=wording.FILES)
    _settings(estimate, "stratum", "measures")
    _setting(estimate, "sample_frac", wording.ESTIMATE_SAMPLE_FRAC)
    _settings(estimate, "seed")
    _reading(estimate)
    _common(estimate)


def _add_runs(verbs: Any) -> None:
    runs = _verb(verbs, "runs", wording.VERB_RUNS).add_subparsers(dest="action", required=True, parser_class=Parser)
    listing = _verb(runs, "list", wording.RUNS_LIST)
    listing.add_argument("--limit", type=int, metavar="N", help=wording.RUNS_LIMIT)
    _common(listing)
    show = _verb(runs, "show", wording.RUNS_SHOW)
    show.add_argument("run_id", metavar="RUN_ID", help=wording.RUN_ID)
    _common(show)
    prune = _verb(runs, "prune", wording.RUNS_PRUNE)
    add = prune.add_argument
    add("--older-than", type=float, default=0.0, metavar="DAYS", help=wording.RUNS_OLDER_THAN)
    add("--max-gb", type=float, default=0.0, metavar="G", help=wording.RUNS_MAX_GB)
    add("--backups-older-than", type=float, default=0.0, metavar="DAYS", help=wording.RUNS_BACKUPS_OLDER_THAN)
    add("--backups-max-gb", type=float, default=0.0, metavar="G", help=wording.RUNS_BACKUPS_MAX_GB)
    add("--yes", action="store_true", help=wording.RUNS_YES)
    _common(prune)


def _add_layouts(verbs: Any) -> None:
    layouts = _verb(verbs, "layouts", wording.VERB_LAYOUTS).add_subparsers(
        dest="action", required=True, parser_class=Parser
    )
    for action, summary in (
        ("list", wording.LAYOUTS_LIST),
        ("show", wording.LAYOUTS_SHOW),
        ("check", wording.LAYOUTS_CHECK),
    ):
        parser = _verb(layouts, action, summary)
        if action == "show":
            parser.add_argument("name", metavar="NAME", help=wording.LAYOUTS_NAME)
        if action == "check":
            parser.add_argument(
                "file",
                type=Path,
                nargs="?",
                metavar="FILE",
                help=wording.LAYOUTS_FILE,
            )
        _settings(parser, "struct_config")
        _common(parser)
    _add_import(_verb(layouts, "import", wording.LAYOUTS_IMPORT))


def _add_import(parser: Parser) -> None:
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help=wording.IMPORT_FILE)
    add("--name", metavar="NAME", help=wording.IMPORT_NAME)
    add(
        "--format",
        choices=("copybook", "c", "kaitai", "numpy"),
        help=wording.IMPORT_FORMAT,
    )
    add("--record", metavar="NAME", help=wording.IMPORT_RECORD)
    alignment = parser.add_mutually_exclusive_group()
    for words, summary in (("packed", wording.IMPORT_PACKED), ("natural", wording.IMPORT_NATURAL)):
        alignment.add_argument(f"--{words}", dest="alignment", action="store_const", const=words, help=summary)
    add("--encoding", metavar="NAME", help=wording.IMPORT_ENCODING)
    add("--endian", choices=("little", "big"), help=wording.IMPORT_ENDIAN)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("-o", "--output", type=Path, metavar="PATH", help=wording.IMPORT_OUTPUT)
    target.add_argument("--save", action="store_true", help=wording.IMPORT_SAVE)
    _settings(parser, "user")
    _common(parser)


def _add_schema(verbs: Any) -> None:
    schema = _verb(verbs, "schema", wording.VERB_SCHEMA).add_subparsers(
        dest="action", required=True, parser_class=Parser
    )
    infer = _verb(schema, "infer", wording.SCHEMA_INFER)
    infer.add_argument("files", nargs="+", metavar="FILE", help=wording.FILES)
    infer.add_argument("-o", "--output", type=Path, metavar="FILE", help=wording.SCHEMA_OUTPUT)
    infer.add_argument("--ranges", action="store_true", help=wording.SCHEMA_RANGES)
    _reading(infer)
    _common(infer)


def _add_audit(verbs: Any) -> None:
    audit = _verb(verbs, "audit", wording.VERB_AUDIT).add_subparsers(dest="action", required=True, parser_class=Parser)
    verify = _verb(audit, "verify", wording.AUDIT_VERIFY)
    verify.add_argument("--anchor", type=Path, metavar="FILE", help=wording.AUDIT_ANCHOR)
    _common(verify)


def _add_schedule(verbs: Any) -> None:
    schedule = _verb(verbs, "schedule", wording.VERB_SCHEDULE).add_subparsers(
        dest="action", required=True, parser_class=Parser
    )
    _common(_verb(schedule, "list", wording.SCHEDULE_LIST))
    add = _verb(schedule, "add", wording.SCHEDULE_ADD)
    add.add_argument("name", metavar="NAME", help=wording.SCHEDULE_NAME)
    add.add_argument("--cron", required=True, metavar="EXPR", help=wording.SCHEDULE_CRON)
    add.add_argument("--tz", metavar="ZONE", help=wording.SCHEDULE_TZ)
    add.add_argument("--preset", metavar="NAME", help=wording.SCHEDULE_PRESET)
    add.add_argument("--missed", choices=("skip", "once"), default="skip", help=wording.SCHEDULE_MISSED)
    _settings(add, *(row.name for row in SETTINGS if row.name not in ("home", "rerun_of", "replay_of", "append")))
    _common(add)
    remove = _verb(schedule, "remove", wording.SCHEDULE_REMOVE)
    remove.add_argument("name", metavar="NAME", help=wording.SCHEDULE_NAME)
    _common(remove)


_GRAMMARS: dict[str, Callable[[Any], None]] = {
    "run": _add_run,
    "resume": _add_resume,
    "replay": _add_replay,
    "detect": _add_detect,
    "estimate": _add_estimate,
    "runs": _add_runs,
    "layouts": _add_layouts,
    "schema": _add_schema,
    "audit": _add_audit,
    "schedule": _add_schedule,
    LAUNCHED: _add_launched,
}
"""By verb, what adds its flags, in the order of the help."""
VERBS = tuple(name for name in _GRAMMARS if name != LAUNCHED)
