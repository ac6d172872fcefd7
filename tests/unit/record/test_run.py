"""The record of a run: the file of today comes out as it went in, older and odd ones open all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.model import Allocation, Counts, Dialect, RunStatus
from etl_batch.record.progress import Progress
from etl_batch.record.run import RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import parse_object, read_object

DATA = Path(__file__).parent / "data"
"""What one real run has left, but for the larger part of its strata."""
SURROGATES = st.characters(codec=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | st.text(SURROGATES, max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def written(value: object) -> str:
    """JSON as the files hold it."""
    return json.dumps(value, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("name", "kind"), [("metadata.json", RunRecord), ("progress.json", Progress), ("config.json", RunSettings)]
)
def test_the_file_of_today_comes_out_to_the_byte(name, kind):
    """Keys, their order and their values are a contract with whoever reads the files."""
    text = (DATA / name).read_text()
    assert written(kind.from_json(json.loads(text)).to_json()) == text


def test_what_a_run_has_left_is_read():
    """Parts, estimates and enumerations have their types."""
    record = RunRecord.from_json(read_object(DATA / "metadata.json"))
    assert (record.status, record.user, record.schema_version) == (RunStatus.SUCCESS, "ada", 1)
    assert record.counts == Counts(records_in=400, written=397, rejected=3)
    (source,) = record.inputs
    assert (source.format, source.dialect, source.records) == ("csv", Dialect(), 400)
    assert (record.outputs["csv"].rows, record.outputs["csv"].encodings) == (397, {})
    assert record.outputs["parquet"].encodings["quantity"] == "DELTA_BINARY_PACKED, UNCOMPRESSED"
    assert record.config.inputs == ("/srv/etl/data/sales.csv",)
    assert record.config.outputs == ("/srv/etl/output/sales.csv", "/srv/etl/output/sales.parquet")
    analytics = record.analytics
    assert (analytics.allocation, analytics.heavy, analytics.target_error.reached) == (Allocation.SQRT, (), True)
    assert analytics.measures["quantity"].exact == 1110
    assert analytics.strata[0].measures["value"].certified is False
    assert record.engine.packages["pyarrow"] == "26.0.1"


def test_an_early_version_opens():
    """A file with the first few keys alone is a record, with defaults for everything that came later."""
    early = {
        "run_id": "20250101T000000Z-000001",
        "status": "success",
        "counts": {"written": 7},
        "inputs": [{"path": "/d/a.csv", "format": "csv", "dialect": {"delimiter": ";"}}],
        "analytics": {"stratum": "s", "measures": {"m": {"estimate": 5.0}}, "strata": [{"value": 1, "rows": 3}]},
    }
    record = RunRecord.from_json(early)
    assert (record.run_id, record.status, record.counts.written) == (early["run_id"], RunStatus.SUCCESS, 7)
    assert record.inputs[0].dialect == Dialect(delimiter=";")
    assert (record.error, record.system, record.engine, record.notes, record.layouts) == (None, None, None, (), {})
    analytics = record.analytics
    assert (analytics.status, analytics.confidence, analytics.allocation) == ("success", 0.95, Allocation.SQRT)
    assert analytics.heavy == ("m",), "before there was a list, every measure's largest values were taken whole"
    assert analytics.strata[0].measures == {}


def test_a_dialect_of_another_version():
    """Each part counts when it is of its kind; the others have their defaults, and unknown ones are dropped."""
    given = {"delimiter": 5, "header": "yes", "bom": True, "encoding": "latin-1", "of_the_future": 1}
    record = RunRecord.from_json({"inputs": [{"path": "/d/a.csv", "dialect": given}]})
    assert record.inputs[0].dialect == Dialect(encoding="latin-1")


def test_a_later_version_says_so():
    """Its number is kept, its own states and rules are None, and what it has besides is dropped."""
    record = RunRecord.from_json(
        {"schema_version": 9, "status": "paused", "analytics": {"allocation": "optimal"}, "x": 1}
    )
    assert (record.schema_version, record.status, record.analytics.allocation) == (9, None, None)
    assert record.to_json()["schema_version"] == 9
    assert "x" not in record.to_json()


@given(JSON)
def test_any_json_is_a_record(value):
    """Whatever a file holds, reading it raises nothing, and what was read is written and read again as the same."""
    for kind in (RunRecord, Progress, RunSettings):
        read = kind.from_json(value)
        again = kind.from_json(json.loads(json.dumps(read.to_json())))
        assert written(again.to_json()) == written(read.to_json())


@given(st.data())
def test_any_json_in_any_place_of_a_record(data):
    """One value of a real file exchanged for any other leaves a record that can be written."""
    values = json.loads((DATA / "metadata.json").read_text())
    place = values
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        child = place[key]
        if not isinstance(child, dict | list) or not child or data.draw(st.booleans()):
            break
        place = child
    place[key] = data.draw(JSON)
    record = RunRecord.from_json(values)
    assert json.dumps(record.to_json()).encode()
    assert record.run_id in (values["run_id"], "")


@pytest.mark.parametrize(
    "text", ["", "[1]", "1", '{"a": ', "\x00", "[" * 100_000, '{"a": 1' + "0" * 5000 + "}"], ids=range(7)
)
def test_what_is_no_object_is_none(text, tmp_path):
    """Half a file, another value, nesting without end and a number without end are no object."""
    assert parse_object(text) is None
    (tmp_path / "x.json").write_text(text)
    assert read_object(tmp_path / "x.json") is None
    assert read_object(tmp_path / "missing.json") is None


def test_what_is_no_number_is_none():
    """`NaN` and `Infinity`, which Python writes and JSON does not have, are unknown."""
    assert parse_object('{"a": NaN, "b": [Infinity, -Infinity, 1e400]}') == {"a": None, "b": [None, None, float("inf")]}
    record = RunRecord.from_json({"analytics": {"measures": {"m": {"estimate": float("inf"), "exact": 10**400}}}})
    assert (record.analytics.measures["m"].estimate, record.analytics.measures["m"].exact) == (None, None)


@pytest.mark.parametrize(
    ("kind", "changes", "refused"),
    [
        ("usage", {}, True),
        ("path_refused", {}, True),
        ("input_refused", {}, True),
        ("input_refused", {"inputs": [{"path": "/d/x.csv"}]}, False),
        ("input_refused", {"config": {"unattended": True}}, False),
        ("input_refused", {"status": "timed_out"}, False),
        ("format_refused", {}, False),
        ("too_many_rejects", {}, False),
    ],
)
def test_what_was_refused_before_it_began(kind, changes, refused):
    """What somebody was told to change is no failure; one of which nobody was told is."""
    record = RunRecord.from_json({"status": "failed", "error": {"kind": kind, "message": "m"}, **changes})
    assert record.refused is refused
