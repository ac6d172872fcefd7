"""The command line's grammar: every verb and flag, each with its help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from etl_batch import __version__
from etl_batch.defaults import DEFAULT_CHUNK_BYTES, DEFAULT_SAMPLE_FRAC, DEFAULT_TIMEOUT_SECONDS
from etl_batch.errors import UsageError
from etl_batch.model import Allocation, TargetScope

VERBS = ("run", "detect", "estimate", "runs", "layouts", "audit", "schedule")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UsageError`s, so that they leave by the same door as all others."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}. `{self.prog} --help` shows the flags.")


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """The parsed arguments; without a sub-command the verb is `run`. Raises `UsageError`."""
    if not argv or (argv[0] not in VERBS and argv[0] not in ("-h", "--help", "--version")):
        argv = ["run", *argv]
    parsed = build_parser().parse_args(argv)
    parsed.words = argv[1:]
    return parsed


def build_parser() -> Parser:
    """The whole grammar."""
    parser = Parser(
        prog="etl",
        description="Fixed-record binary, CSV and Parquet to one clean CSV and Parquet. Without a verb: run.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Quantum ETL {__version__}")
    verbs = parser.add_subparsers(dest="verb", parser_class=Parser)
    _add_run(verbs)
    _add_detect(verbs)
    _add_estimate(verbs)
    _add_runs(verbs)
    _add_layouts(verbs)
    _add_audit(verbs)
    _add_schedule(verbs)
    return parser


def _verb(parent: Any, name: str, summary: str) -> Parser:
    parser: Parser = parent.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    return parser


def _common(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--home", type=Path, metavar="DIR", help="folder of data/ output/ report/ .secrets/ (ETL_HOME)")


def _reading(parser: Parser) -> None:
    parser.add_argument("--layout", metavar="NAME", help="record layout (default: auto, detect it)")
    parser.add_argument("--struct-config", type=Path, metavar="FILE", help="file of record layouts")
    parser.add_argument("--force-text-fallback", action="store_true", default=None, help="read a .bin as text")


def _add_run(verbs: Any) -> None:
    run = _verb(verbs, "run", "Run the pipeline over the inputs.")
    _what_to_run(run)
    run.add_argument("--quiet", action="store_true", help="no progress bar")
    _common(run)


def _what_to_run(run: Parser) -> None:
    """The flags that make up a run's configuration."""
    add = run.add_argument
    add("-i", "--input", action="append", dest="inputs", metavar="PATH", help="file, directory or glob; repeatable")
    add("-o", "--output-csv", type=Path, metavar="PATH", help="one merged CSV")
    add("-p", "--output-parquet", type=Path, metavar="PATH", help="one merged Parquet file (default: beside the CSV)")
    add("--no-parquet", action="store_true", help="CSV only")
    add("-w", "--workers", type=int, metavar="N", help="worker processes (default: the machine's cores)")
    add("--chunk-bytes", type=int, metavar="N", help=f"input bytes a task reads (default {DEFAULT_CHUNK_BYTES})")
    add("--sample-frac", type=float, metavar="F", help=f"share of the rows sampled (default {DEFAULT_SAMPLE_FRAC})")
    add("--allocation", choices=list(map(str, Allocation)), help="how the strata share the sample (default: sqrt)")
    add("--target-error", type=_share, metavar="P", help="sample as many rows as an error of P needs, such as 1%%")
    add("--target-per", choices=list(map(str, TargetScope)), help="that error for each measure's total, or by stratum")
    _reading(run)
    add("--stratum", metavar="COL", help="stratum column (default: the layout's, else chosen)")
    add("--measure", action="append", dest="measures", metavar="COL", help="measure column; repeatable")
    add("--max-size-gb", type=float, metavar="G", help="refuse a larger input")
    add("--timeout", type=float, metavar="S", help=f"stop after S seconds (default {DEFAULT_TIMEOUT_SECONDS:.0f})")
    add("--max-rejects", type=int, metavar="N", help="fail past N rejected records (default: no limit)")
    add("--retries", type=int, metavar="N", help="repeat a chunk after a transient read error (default 3)")
    add("--seed", type=int, metavar="N", help="seed of the sample (default 0)")
    add("--user", metavar="NAME", help="who runs it, for the audit log (default: the login name)")
    add("--report", type=Path, metavar="PATH", help="where the report also goes")
    add("--cluster", metavar="ADDRESS", help="address of a Dask scheduler")


def _share(text: str) -> float:
    """A number, or per cent of one: `0.01` and `1%` are the same."""
    number = text.strip()
    return float(number[:-1]) / 100.0 if number.endswith("%") else float(number)


def _add_detect(verbs: Any) -> None:
    detect = _verb(verbs, "detect", "Say what files are: format, layout, dialect, columns.")
    detect.add_argument("files", nargs="+", metavar="FILE", help="file, directory or glob")
    _reading(detect)
    _common(detect)


def _add_estimate(verbs: Any) -> None:
    estimate = _verb(verbs, "estimate", "Estimate rows, strata and totals from random blocks, without reading it all.")
    add = estimate.add_argument
    add("path", metavar="PATH", help="file, directory or glob")
    add("--stratum", metavar="COL", help="stratum column (default: the layout's, else chosen)")
    add("--measure", action="append", dest="measures", metavar="COL", help="measure column; repeatable")
    add("--sample-frac", type=float, metavar="F", help=f"share of the bytes read (default {DEFAULT_SAMPLE_FRAC})")
    add("--seed", type=int, metavar="N", help="seed of the sample (default 0)")
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
        parser.add_argument("--struct-config", type=Path, metavar="FILE", help="file of record layouts")
        _common(parser)


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
    _what_to_run(add)
    _common(add)
    remove = _verb(schedule, "remove", "Remove a schedule.")
    remove.add_argument("name", metavar="NAME", help="the schedule")
    _common(remove)
