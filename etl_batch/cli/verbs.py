"""What the verbs beside `run` do: arguments in, a call of the engine, a result printed, an exit code out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from etl_batch import sentences
from etl_batch.cli import wording
from etl_batch.cli.configuration import login_name
from etl_batch.cli.detecting import run_detect
from etl_batch.cli.home import home_of
from etl_batch.cli.importing import run_import
from etl_batch.cli.printing import print_json, tally, told
from etl_batch.cli.prune import run_prune
from etl_batch.cli.schedule import run_schedule
from etl_batch.cli.schema import run_schema
from etl_batch.errors import LayoutError, OutputFailed, Tampered, UsageError
from etl_batch.formats.records.headers import HEADERS
from etl_batch.layouts import Layout, Origin, load_layouts, read_catalogue, render_table, run_layouts
from etl_batch.layouts import describe as describe_layout
from etl_batch.record.values import JsonObject
from etl_batch.recovering import recover
from etl_batch.runs.history.index import RunRow, list_runs, open_run
from etl_batch.runs.processes.reconciliation import reconcile_all
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog


def _runs(parsed: argparse.Namespace) -> int:
    home = home_of(parsed)
    if parsed.action == "prune":
        return run_prune(parsed, home, login_name())
    with suppress(OutputFailed):  # whoever may only read sees the states all the same
        recover(home)
        reconcile_all(home)
    if parsed.action == "list":
        rows = list_runs(home, parsed.limit)
        if parsed.json:
            print_json({"runs": [row.to_json() for row in rows]})
        else:
            for row in rows:
                print(_run_row(row))
            if not rows:
                print(wording.NO_RUNS)
        return 0
    run = open_run(home, parsed.run_id)
    record = run.metadata()
    shown = record.to_json() if record else _unrecorded(run)
    if parsed.json:
        print_json(shown)
    else:
        print(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
    return 0


def _run_row(row: RunRow) -> str:
    """What a run has published; of one that has published nothing, how far it has read."""
    known = {"run_id": row.run_id, "status": row.status, "rejected": row.rejected, "user": row.user}
    if row.published:
        return wording.RUN_ROW.format(written=row.written, **known)
    return wording.UNPUBLISHED_ROW.format(read=row.records, **known)


def _unrecorded(run: RunDirectory) -> JsonObject:
    """What can be said of a run that is not over."""
    progress = run.progress()
    return {"run_id": run.run_id, "status": run.status(), "progress": progress.to_json() if progress else None}


def _layouts(parsed: argparse.Namespace) -> int:
    if parsed.action == "import":
        return run_import(parsed)
    file = getattr(parsed, "file", None) or parsed.struct_config
    if parsed.action == "show":
        return _show_layout(parsed, run_layouts(home_of(parsed), file, parsed.name))
    if file is not None:
        return _list_layouts(parsed, [(layout, {}) for layout in load_layouts(file).values()], None)
    catalogue = read_catalogue(home_of(parsed))
    listed = [
        (entry.draft.layout, {"origin": str(entry.origin), "replaces_shipped": entry.replaces_shipped})
        for entry in catalogue.entries.values()
        if entry.draft.layout is not None
    ]
    return _list_layouts(parsed, listed, catalogue.problem)


def _show_layout(parsed: argparse.Namespace, layouts: dict[str, Layout]) -> int:
    if parsed.name not in layouts:
        raise UsageError(sentences.command_line.NO_LAYOUT.format(name=parsed.name, known=", ".join(sorted(layouts))))
    layout = layouts[parsed.name]
    if parsed.json:
        print_json({"name": layout.name, "record_size": layout.record_size, "fields": describe_layout(layout)})
    else:
        print(render_table(layout))
    return 0


def _list_layouts(
    parsed: argparse.Namespace, listed: Sequence[tuple[Layout, dict[str, Any]]], problem: LayoutError | None
) -> int:
    """Print those that can be used; what is wrong with the home's own ones is told beside them, with its exit code."""
    if parsed.json:
        rows = [
            {"name": layout.name, "record_size": layout.record_size, "fields": len(layout.columns), **facts}
            for layout, facts in listed
        ]
        beside: dict[str, Any] = {"headers": [*HEADERS]} if parsed.action == "list" else {}
        print_json({"layouts": rows, **beside} | ({"problem": problem.message} if problem else {}))
    else:
        for layout, facts in listed:
            of_home = wording.OF_HOME if facts.get("origin") == Origin.HOME else ""
            where = wording.INSTEAD_OF_SHIPPED if facts.get("replaces_shipped") else of_home
            size = f"{tally(layout.record_size, 'byte')}, {tally(len(layout.columns), 'column')}"
            print(f"{layout.name}{where}: {size}. {layout.description}".rstrip())
        if parsed.action == "list":
            print(wording.BY_HEADERS.format(names=", ".join(HEADERS)))
    if problem is None:
        return 0
    print(f"etl: {told(problem.message)}", file=sys.stderr)
    return problem.exit_code


def _audit(parsed: argparse.Namespace) -> int:
    verification = AuditLog(home_of(parsed)).verify(parsed.anchor)
    if parsed.json:
        print_json(
            {
                name: getattr(verification, name)
                for name in ("ok", "records", "torn", "first_bad", "problem", "sentence")
            }
        )
    else:
        print(told(verification.sentence))
    return 0 if verification.ok else Tampered.exit_code


VERB_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "detect": run_detect,
    "runs": _runs,
    "layouts": _layouts,
    "schema": run_schema,
    "audit": _audit,
    "schedule": run_schedule,
}
