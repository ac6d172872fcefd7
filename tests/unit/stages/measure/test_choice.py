"""Which columns are measured by which strata: those named, else the layout's, else chosen and said."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from etl_batch.stages.measure import choice
from etl_batch.stages.measure.choice import choose_columns, may_measure, nearly_unique
from etl_batch.stages.plan import Plan, plan_columns
from tests.unit.engine_parts import layout_of, parquet_source, record_source, text_source


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan over products, prices, a key, and text with few numbers in it."""
    rows = "".join(f"{n},{'abc'[n % 3]},{n % 4}.50,{'n/a' if n % 9 else n},{'xyz'[n % 3]}q\n" for n in range(60))
    return plan_columns([text_source(tmp_path, "id,product,price,mixed,word\n" + rows)])


def test_columns_are_chosen_and_said(plan: Plan) -> None:
    """Text that repeats makes the strata, numbers that are no key are measured, and a note tells of each."""
    found = choose_columns(plan)
    assert (found.stratum, found.measures) == ("product", ("price",))
    assert len(found.notes) == 2
    assert "'product'" in found.notes[0]
    assert (found.missing, found.unfit) == ((), ())


def test_named_columns_are_taken_as_they_are(plan: Plan) -> None:
    """Keys too; a measure that is named twice is measured once, and nothing needs to be said."""
    found = choose_columns(plan, "id", ["mixed", "price", "mixed", "id"])
    assert (found.stratum, found.measures, found.notes) == ("id", ("mixed", "price", "id"), ())


def test_a_stratum_that_is_not_there(plan: Plan) -> None:
    """The sentence names the columns that are."""
    found = choose_columns(plan, "nope")
    assert found.missing == (
        "There is no column 'nope' to stratify by; the columns are id, product, price, mixed, word.",
    )


def test_measures_that_are_none(plan: Plan) -> None:
    """Each is said with its reason, once; the others are measured."""
    found = choose_columns(plan, None, ["word", "price", "nope", "word"])
    assert found.measures == ("price",)
    assert [sentence.split(";")[0] for sentence in found.unfit] == [
        "Column 'word' holds no numbers (string) and cannot be measured",
        "There is no column 'nope' to measure",
    ]
    assert choose_columns(plan, None, ["word"]).measures == ()


def test_the_layouts_columns(tmp_path: Path) -> None:
    """What a layout names goes before what would be chosen, what a user names before that."""
    fields: list[dict[str, Any]] = [{"name": name, "type": "u8"} for name in "abc"]
    layout = layout_of(fields, stratum="a", measures=["c"])
    plan = plan_columns([record_source(tmp_path, struct.pack("<9B", *range(9)), layout)])
    assert choose_columns(plan) == choice.Choice("a", ("c",))
    assert choose_columns(plan, "b", ["a"]) == choice.Choice("b", ("a",))


MEASURABLE = [
    (pa.array([1, None]), True),
    (pa.array([1.5, None]), True),
    (pa.array([True, False]), True),
    (pa.array(["1", "x"]), True),
    (pa.array(["x", "nan"]), False),
    (pa.array(["1", "2"]).dictionary_encode(), True),
    (pa.array(["x", "y"]).dictionary_encode(), False),
    (pa.array([b"1"]), False),
    (pa.array([0], pa.date32()), False),
    (pa.array([[1]]), False),
]


@pytest.mark.parametrize(("column", "fit"), MEASURABLE, ids=[str(row[0].type) for row in MEASURABLE])
def test_what_may_be_measured(tmp_path: Path, column: pa.Array, fit: bool) -> None:
    """Numbers, and text with at least one number in the sample."""
    plan = plan_columns([parquet_source(tmp_path, {"c": column})])
    assert may_measure("c", plan) == fit
    assert not may_measure("d", plan)


@pytest.mark.parametrize(
    ("distinct", "most", "unique"), [(60, 59, True), (60, 60, False), (30, 59, False), (31, 59, True)]
)
def test_nearly_unique(tmp_path: Path, distinct: int, most: int, unique: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than there may be strata, and more than half of them with a value of their own."""
    monkeypatch.setattr(choice, "MAX_STRATA", most)
    plan = plan_columns([text_source(tmp_path, "k,n\n" + "".join(f"v{n % distinct},{n}\n" for n in range(60)))])
    assert nearly_unique(plan, "k") == unique
