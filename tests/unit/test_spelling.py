"""Names of files, whatever bytes they are made of, as text that can be shown, and back."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch.errors import InputRefused
from etl_batch.record.values import json_text, parse_object
from etl_batch.spelling import as_named, encodable, quoted, spelled

NAMES = st.binary(max_size=20).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"caf\xe9.csv", r"caf\xe9.csv"),
        (b"caf\xc3\xa9 \xf0\x9f\x98\x80.csv", "café 😀.csv"),
        (b"a\nb\x1b[2Jc\x7f", r"a\nb\x1b[2Jc\x7f"),
        ("\u202egnp".encode(), r"\u202egnp"),
    ],
)
def test_spelled(raw: bytes, text: str) -> None:
    """What cannot be seen or encoded is an escape; everything else is as it was, also in an error's sentence."""
    assert spelled(os.fsdecode(raw)) == text
    assert InputRefused(os.fsdecode(raw)).message == text


@given(NAMES)
def test_any_name(name: str) -> None:
    """It stays on one line and can be encoded; as JSON and for a form it also has its way back."""
    assert len(spelled(name).splitlines()) <= 1
    spelled(name).encode()
    json_text({"path": name}).encode()
    assert parse_object(json_text({"path": name})) == {"path": name}
    if as_named(name) == name:
        encodable(name).encode()
        assert as_named(encodable(name)) == name


@settings(max_examples=20, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=20))
def test_a_shell_reads_it(names: list[str]) -> None:
    """Each word as it was, by bash; those that need no escapes as everywhere."""
    line = " ".join(map(quoted, names))
    line.encode()
    command = ["bash", "-c", f"printf '%s\\0' {line}"]
    found = subprocess.run(command, capture_output=True, check=True, env={"LC_ALL": "C"}).stdout
    assert found.split(b"\0")[:-1] == [os.fsencode(name) for name in names]
    assert all(quoted(name) == shlex.quote(name) for name in names if encodable(name) == name)
