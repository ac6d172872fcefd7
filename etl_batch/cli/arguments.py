"""The command line's grammar: every verb and flag, each with its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from etl_batch import __version__, sentences
from etl_batch.defaults import LAUNCHED
from etl_batch.errors import UsageError
from etl_batch.reading_options import READING, REPLAY_OPTIONS
from etl_batch.settings import SETTINGS, SettingKind, setting


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UsageError`s, so that they leave by the same door as all others."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting."""
        raise UsageError(
            sentences.command_line.WRONG_FLAGS.format(problem=message[:1].upper() + message[1:], prog=self.prog)
        )

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
        description="Fixed-record binary, CSV and Parquet to one clean CSV and Parquet. Without a verb: run.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Quantum ETL {__version__}")
    verbs = parser.add_subparsers(dest="verb", parser_class=Parser, metavar=f"{{{','.join(VERBS)}}}")
    for name in [verb] if verb in _GRAMMARS else _GRAMMARS:
        _GRAMMARS[name](verbs)
    return parser


def _verb(parent: Any, name: str, summary: str) -> Parser:
    parser: Parser = parent.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    return parser


def _common(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
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
        options |= {"metavar": row.metavar, "type": _TYPES.get(row.kind, Path if row.kind.path else str)}
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
    run = _verb(verbs, "run", "Run the pipeline over the inputs.")
    _settings(run, *(row.name for row in SETTINGS if row.name != "home"))
    run.add_argument("--quiet", action="store_true", help="print errors alone; with --json the JSON alone")
    _common(run)


def _add_resume(verbs: Any) -> None:
    resume = _verb(verbs, "resume", "Go on with a run that was killed, to the same bytes.")
    resume.add_argument("run_id", metavar="RUN_ID", help="the run, or `latest`")
    resume.add_argument("--quiet", action="store_true", help="print errors alone; with --json the JSON alone")
    _common(resume)


def _add_replay(verbs: Any) -> None:
    replay = _verb(verbs, "replay", "Read the rejects of a run again, after a setting, a layout or a schema is mended.")
    replay.add_argument("run_id", metavar="RUN_ID", help="the run, or `latest`")
    _settings(replay, "append", *REPLAY_OPTIONS, "workers", "timeout", "max_rejects", "user", "report", "profile")
    replay.add_argument("--quiet", action="store_true", help="print errors alone; with --json the JSON alone")
    _common(replay)


def _add_launched(verbs: Any) -> None:
    launched: Parser = verbs.add_parser(LAUNCHED, description="The run whose settings stand in its directory already.")
    launched.add_argument("run_id", metavar="RUN_ID", help="the run")
    _settings(launched, "home")


def _add_detect(verbs: Any) -> None:
    detect = _verb(verbs, "detect", "Say what files are: format, layout, dialect, columns with their types.")
    detect.add_argument("files", nargs="+", metavar="FILE", help="file, directory or glob")
    _reading(detect)
    _common(detect)


def _add_estimate(verbs: Any) -> None:
    estimate = _verb(verbs, "estimate", "Estimate rows, strata and totals from random blocks, without reading it all.")
    estimate.add_argument("path", metavar="PATH", help="file, directory or glob")
    _settings(estimate, "stratum", "measures")
    _setting(estimate, "sample_frac", "share of the bytes read (default {default})")
    _settings(estimate, "seed")
    _reading(estimate)
    _common(estimate)


def _add_runs(verbs: Any) -> None:
    runs = _verb(verbs, "runs", "The past runs.").add_subparsers(dest="action", required=True, parser_class=Parser)
    listing = _verb(runs, "list", "List the runs, newest first.")
    listing.add_argument("--limit", type=int, metavar="N", help="at most N runs (default: all)")
    _common(listing)
    show = _verb(runs, "show", "Show one run.")
    show.add_argument("run_id", metavar="RUN_ID", help="the run, or `latest`")
    _common(show)
    prune = _verb(runs, "prune", "Show which runs, reports and backups may go; with --yes, delete them.")
    add = prune.add_argument
    add("--older-than", type=float, default=0.0, metavar="DAYS", help="runs older than this go (default: none do)")
    add("--max-gb", type=float, default=0.0, metavar="G", help="the oldest runs go until those left take G GB at most")
    add("--backups-older-than", type=float, default=0.0, metavar="DAYS", help="backups of outputs older than this go")
    add("--backups-max-gb", type=float, default=0.0, metavar="G", help="the oldest backups go, likewise")
    add("--yes", action="store_true", help="delete what is shown; without it nothing is deleted")
    _common(prune)


def _add_layouts(verbs: Any) -> None:
    layouts = _verb(verbs, "layouts", "The record layouts.").add_subparsers(
        dest="action", required=True, parser_class=Parser
    )
    for action, summary in (
        ("list", "List the layouts."),
        ("show", "Show a layout's fields."),
        ("check", "Check a layout file."),
    ):
        parser = _verb(layouts, action, summary)
        if action == "show":
            parser.add_argument("name", metavar="NAME", help="the layout")
        if action == "check":
            parser.add_argument(
                "file",
                type=Path,
                nargs="?",
                metavar="FILE",
                help="layout file (default: --struct-config, else what the home knows)",
            )
        _settings(parser, "struct_config")
        _common(parser)
    _add_import(_verb(layouts, "import", "Make a layout of a COBOL copybook, C struct, Kaitai .ksy or NumPy dtype."))


def _add_import(parser: Parser) -> None:
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="the file that describes the records")
    add("--name", metavar="NAME", help="the layout's name (default: the record's, else the file's)")
    add(
        "--format",
        choices=("copybook", "c", "kaitai", "numpy"),
        help="the file's language (default: by name or content)",
    )
    add("--record", metavar="NAME", help="which record, where the file describes several")
    alignment = parser.add_mutually_exclusive_group()
    for words, summary in (("packed", "C: no padding"), ("natural", "C, NumPy: padded as a C compiler does")):
        alignment.add_argument(f"--{words}", dest="alignment", action="store_const", const=words, help=summary)
    add("--encoding", metavar="NAME", help="of text, such as ascii (default: cp037 for a copybook, else utf-8)")
    add("--endian", choices=("little", "big"), help="byte order of numbers that the file does not give")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("-o", "--output", type=Path, metavar="PATH", help="write the layout file there")
    target.add_argument("--save", action="store_true", help="save the layout among those of the home")
    _settings(parser, "user")
    _common(parser)


def _add_schema(verbs: Any) -> None:
    schema = _verb(verbs, "schema", "Declared schemas.").add_subparsers(
        dest="action", required=True, parser_class=Parser
    )
    infer = _verb(schema, "infer", "Write the schema that files keep to, from a sample of them.")
    infer.add_argument("files", nargs="+", metavar="FILE", help="file, directory or glob")
    infer.add_argument("-o", "--output", type=Path, metavar="FILE", help="where it goes (default: the screen)")
    infer.add_argument("--ranges", action="store_true", help="with the least and the largest value of each column")
    _reading(infer)
    _common(infer)


def _add_audit(verbs: Any) -> None:
    audit = _verb(verbs, "audit", "The audit log.").add_subparsers(dest="action", required=True, parser_class=Parser)
    verify = _verb(audit, "verify", "Check that no record was changed; exit 9 when one was.")
    verify.add_argument("--anchor", type=Path, metavar="FILE", help="checkpoints kept elsewhere")
    _common(verify)


def _add_schedule(verbs: Any) -> None:
    schedule = _verb(verbs, "schedule", "Runs that the console starts by themselves.").add_subparsers(
        dest="action", required=True, parser_class=Parser
    )
    _common(_verb(schedule, "list", "List the schedules."))
    add = _verb(schedule, "add", "Add a schedule of a preset, or of a run with the flags given.")
    add.add_argument("name", metavar="NAME", help="the schedule")
    add.add_argument("--cron", required=True, metavar="EXPR", help="minute, hour, day of month, month, day of week")
    add.add_argument("--tz", metavar="ZONE", help="time zone, such as Europe/Berlin (default: the machine's)")
    add.add_argument("--preset", metavar="NAME", help="the preset to run, instead of the flags of a run")
    add.add_argument("--missed", choices=("skip", "once"), default="skip", help="when no console was running (skip)")
    _settings(add, *(row.name for row in SETTINGS if row.name not in ("home", "rerun_of", "replay_of", "append")))
    _common(add)
    remove = _verb(schedule, "remove", "Remove a schedule.")
    remove.add_argument("name", metavar="NAME", help="the schedule")
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
