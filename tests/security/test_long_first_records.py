"""A first record that is longer than what a look at a file sees: it is a row, or a reject, and never passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch.formats.look import SAMPLE_BYTES
from tests.integration.engine.conftest import Home, home, write

__all__ = ["home", "write"]
Write = Callable[[str, bytes | str], Path]
LINE = "x" * 999
LONG = '"' + f"{LINE}\n" * (SAMPLE_BYTES // 1000 + 100) + '",1\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("name", "end"), [("lines", "\n"), ("returns", "\r\n")])
@pytest.mark.parametrize("above", ["a,b\n", "a,b\n\n"])
def test_a_first_record_with_many_lines(
    home: Home, write: Write, encoding: str, name: str, end: str, above: str
) -> None:
    """A cell in quotes that goes on for more than a megabyte right below the header is whole in the output."""
    content = f"{above}{LONG}2,3\n".replace("\n", end)
    run = home.run("-i", write("a.csv", content.encode(encoding)), "--normalise", "--no-parquet")
    assert (run["counts"]["written"], run["counts"]["rejected"]) == (2, 0), name
    assert home.csv().replace(b"\r", b"") == f"a,b\n{LONG}2,3\n".encode()


def test_a_quote_that_never_closes(home: Home, write: Write) -> None:
    """The line that it stands in is a reject, and each of those below it a row."""
    lines = 2 * SAMPLE_BYTES // 4
    run = home.run("-i", write("a.csv", 'a,b\n"' + "x,1\n" * lines), "--no-parquet")
    assert (run["counts"]["written"], run["counts"]["rejected"]) == (lines - 1, 1)
    assert home.csv() == b"a,b\n" + b"x,1\n" * (lines - 1)
    (reject,) = home.rejects(run)
    assert (reject["offset"], reject["reason"]) == (4, "malformed_quotes")


def test_a_long_record_above_all_others(home: Home, write: Write) -> None:
    """Without a header above it nobody knows its columns: the file is refused by that reason."""
    outcome = home.etl("-i", write("a.csv", f"{LONG}2,3\n"), "-o", home.output / "x.csv")
    assert (outcome.code, "does not end within" in outcome.err) == (3, True), outcome.err


def test_many_blank_lines(home: Home, write: Write) -> None:
    """Nothing but them is said to be that, however many there are."""
    outcome = home.etl("-i", write("a.csv", "\n" * (SAMPLE_BYTES + 10)), "-o", home.output / "x.csv")
    assert (outcome.code, "nothing but blank lines" in outcome.err) == (3, True), outcome.err
