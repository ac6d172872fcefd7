"""`schema infer`: a schema written from what files are."""

from __future__ import annotations

import argparse
import json

from etl_batch.cli import wording
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.cli.printing import print_json, tally
from etl_batch.reading_options import ReadingOptions
from etl_batch.recording import write_text
from etl_batch.schemas.infer import infer_schema
from etl_batch.security.guard import allowed_roots
from etl_batch.security.paths import resolve_output
from etl_batch.stages.inputs import find_sources
from etl_batch.stages.plan import plan_columns


def run_schema(parsed: argparse.Namespace) -> int:
    """Write the schema of the files, to a file or to the screen."""
    home = home_of(parsed)
    target = None if parsed.output is None else resolve_output(parsed.output, allowed_roots(home))
    plan = plan_columns(find_sources(parsed.files, home, ReadingOptions.of(given(parsed))))
    schema = infer_schema(plan.columns, plan.sample, plan.sample_rows, ranges=parsed.ranges)
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    if target is not None:
        write_text(target, text)
    if parsed.json:
        print_json(schema)
    elif target is None:
        print(text, end="")
    else:
        columns = tally(len(plan.columns), "column")
        print(wording.SCHEMA_WRITTEN.format(path=target.path, columns=columns))
    return 0
