"""A line of the rejects: comes back as it was written, or is none."""

from __future__ import annotations

import json

import pytest

from etl_batch.model import Reject
from etl_batch.record.rejects import bytes_of, reject_from_json


@pytest.mark.parametrize(
    "reject",
    [
        Reject("/d/a.csv", 12, 3, "wrong_column_count", None, "6 cells where the header has 5.", "a,b\n"),
        Reject("/d/a.bin", 0, 0, "not_utf8", "name", "Byte 0xe9.", "6Q==", "base64"),
    ],
)
def test_a_reject_comes_back(reject):
    """Text and bytes, with and without a field."""
    assert reject_from_json(json.dumps(reject.to_json())) == reject


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"source": "/d"}', b'{"reason": "x"}', b"\xff"])
def test_a_torn_line_is_none(line):
    """A run that was killed may have left half a line."""
    assert reject_from_json(line) is None


def test_odd_values_have_defaults():
    """A line by somebody else is shown for what it says."""
    odd = {"source": 5, "reason": "x", "offset": -1, "record": "one", "field": 7, "raw": None}
    assert reject_from_json(json.dumps(odd)) == Reject("", 0, 0, "x", None, "", "")


@pytest.mark.parametrize(
    ("raw", "raw_encoding", "encoding", "content"),
    [
        ("a\u00e9", None, "utf-8", "a\u00e9".encode()),
        ("a\u00e9", None, "cp1252", b"a\xe9"),
        ("a\u00e9", None, "utf-16-le", "a\u00e9".encode("utf-16-le")),
        ("\u20ac", None, "latin-1", "\u20ac".encode()),
        ("6Q==", "base64", "utf-8", b"\xe9"),
        ("no base64!", "base64", "utf-8", b"no base64!"),
    ],
)
def test_the_bytes_in_the_file(raw, raw_encoding, encoding, content):
    """Text as its file has it, bytes as they are, and what is neither as it stands."""
    assert bytes_of(Reject("a", 0, 0, "x", None, "", raw, raw_encoding), encoding) == content
