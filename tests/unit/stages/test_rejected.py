"""What is said of many rejects: the most common reason, its first record, and what helps against that kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.errors import TooManyRejects
from etl_batch.model import Counts, Reject
from etl_batch.reject_limits import RejectLimit
from etl_batch.stages.finish import Ingested
from etl_batch.stages.plan import plan_columns
from etl_batch.stages.rejected import refuse_the_whole, reject_notes
from tests.unit.engine_parts import measuring_of, text_source

REJECTS = Path("rejects.jsonl")


@pytest.fixture
def ingested(tmp_path: Path) -> Ingested:
    """A run that has seen nothing yet."""
    plan = plan_columns([text_source(tmp_path, "a,b\n1,2\n")])
    return Ingested(plan, measuring_of(plan, tmp_path))


@pytest.mark.parametrize(
    ("reason", "helping"),
    [
        ("field_count", "--delimiter"),
        ("malformed_quotes", "--quote"),
        ("invalid_text", "--encoding"),
        ("out_of_range", "`layouts show`"),
        ("something_else", "The Rejects screen"),
    ],
)
def test_what_helps(ingested: Ingested, reason: str, helping: str) -> None:
    """By the most common reason, though another one came first; a field is named where there is one."""
    ingested.counts = Counts(10, 4, 6, 0)
    ingested.reasons = {"partial_record": 2, reason: 4}
    ingested.firsts = {
        name: Reject("in.csv", place, 0, name, "price", f"{name} it is.", "")
        for place, name in enumerate(ingested.reasons)
    }
    with pytest.raises(TooManyRejects) as refused:
        refuse_the_whole(ingested, RejectLimit(), REJECTS)
    said = refused.value.message
    assert f"Most common is {reason} (4), first in price at byte 1 of in.csv: {reason} it is." in said
    assert helping in said
    (note,) = reject_notes(ingested)
    assert note.startswith("6 of 10 records were rejected (60.000%)")
