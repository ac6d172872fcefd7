"""What two configurations or schemas differ in."""

from __future__ import annotations

from etl_batch.differences import Difference, columns, settings
from etl_batch.record.run import ColumnRecord
from etl_batch.record.settings import RunSettings


def test_settings_follow_the_later_configuration():
    """Every setting once, in the later order; who launched is left out; a missing one is None."""
    before = {"workers": 1, "old": 5, "user": "ada", "rerun_of": None}
    after = {"new": 1, "workers": 2, "user": "bob", "rerun_of": "x"}
    found = [(item.name, item.before, item.after) for item in settings(RunSettings(before), RunSettings(after))]
    assert found == [("new", None, 1), ("workers", 1, 2), ("old", 5, None)]


def test_columns_that_are_gone_come_first():
    """A column has its type on both sides, or None where it is not there."""
    before = [ColumnRecord("a", "int64"), ColumnRecord("b", "string")]
    after = [ColumnRecord("c", "double"), ColumnRecord("a", "double")]
    found = [(item.name, item.before, item.after) for item in columns(before, after)]
    assert found == [("b", "string", None), ("c", None, "double"), ("a", "int64", "double")]


def test_a_switch_is_no_number():
    """`true` and 1 are not the same setting; 1 and 1.0 are."""
    assert not Difference("x", True, 1).same
    assert Difference("x", 1, 1.0).same
    assert not Difference("x", None, 0).same
