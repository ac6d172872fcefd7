"""`runs prune`: what retention would delete, and with `--yes` deleting exactly that."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from etl_batch import sentences
from etl_batch.cli import wording
from etl_batch.cli.printing import tally, told
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.recovering import clear_killed
from etl_batch.retention import Policy, Pruned, PruneKind, PrunePlan, plan_prune, prune


def run_prune(parsed: argparse.Namespace, home: Path, user: str) -> int:
    """Plan, and delete when `--yes` was given; raises `UsageError` without a limit. Returns the exit code."""
    policy = Policy.of(parsed.older_than, parsed.max_gb, parsed.backups_older_than, parsed.backups_max_gb)
    if policy == Policy():
        raise UsageError(sentences.command_line.NO_LIMIT)
    if parsed.yes:
        clear_killed(home)
    plan = plan_prune(home, policy)
    done = prune(home, plan, user) if parsed.yes else Pruned()
    if parsed.json:
        left = [{**item.to_json(), "problem": why} for item, why in done.left]
        planned = [item.to_json() for item in plan.items]
        print(json.dumps({"planned": planned, "deleted": len(done.deleted), "bytes": done.bytes, "left": left}))
    else:
        _print(plan, done, deleting=parsed.yes)
    return OutputFailed.exit_code if done.left else 0


def _print(plan: PrunePlan, done: Pruned, *, deleting: bool) -> None:
    for item in plan.items:
        size = tally(item.bytes, "byte")
        print(f"{wording.PRUNED[item.kind]:<9} {size:>21}  {item.path}  ({told(item.reason)})")
    if not plan.items:
        print(wording.NOTHING_TO_PRUNE)
        return
    counts = ", ".join(tally(plan.count(kind), str(kind)) for kind in PruneKind)
    print(f"{counts}: {tally(plan.bytes, 'byte')}")
    for item, why in done.left:
        print(wording.LEFT.format(path=item.path, why=told(why)))
    print(
        wording.DELETED.format(number=len(done.deleted), size=tally(done.bytes, "byte"))
        if deleting
        else wording.ONLY_SHOWN
    )
