"""A run that rejects most of its records is no success and publishes nothing; one that rejects some says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
OLD = b"what stood there before\n"
GOOD, BAD = "1,2\n", "1\n"


def refused(home: Home, *words: object) -> str:
    """Run over an old output and be refused with exit code 4; the sentence."""
    (home.output / "x.csv").write_bytes(OLD)
    outcome = home.etl("-o", home.output / "x.csv", "--quiet", *words)
    assert outcome.code == 4, outcome.err
    assert home.csv() == OLD
    assert [path.name for path in home.output.glob("*x.*") if path.suffix != ".lock"] == ["x.csv"]
    return str(outcome.err)


def text(good: int, bad: int) -> str:
    """A table of so many rows and rejects."""
    return "a,b\n" + GOOD * good + BAD * bad


@pytest.mark.parametrize(
    ("good", "bad", "flags", "told"),
    [
        (2, 3, (), "More than half of the records were rejected, 3 of 5"),
        (1, 2, (), "--max-rejects takes a number, or a share"),
        (9, 1, ("--max-rejects", "9.9%"), "More than --max-rejects 9.9% of the records were rejected, 1 of 10"),
        (9, 2, ("--max-rejects", 1), "More than --max-rejects 1 records"),
    ],
)
def test_most_or_all_rejected(
    home: Home, write: Write, good: int, bad: int, flags: tuple[object, ...], told: str
) -> None:
    """Exit code 4; the reason, the first such record and what may help are in the sentence, the records are kept."""
    source = write("in.csv", text(good, bad))
    said = refused(home, "-i", source, "--chunk-bytes", 4, *flags)
    assert told in said
    for words in (f"field_count ({bad}), first at byte {4 + 4 * good} of {source}", "2 fields expected, 1 found"):
        assert words in said
    assert "--delimiter" in said
    (run,) = (home.output / "runs").glob("2*")
    assert len((run / "rejects.jsonl").read_text().splitlines()) == bad
    assert str(run / "rejects.jsonl") in said


def test_nothing_but_rejects(home: Home, write: Write) -> None:
    """A header alone in place of the old output is no success, however small the input, whatever number is allowed."""
    source = write("in.csv", b"a,b\n1,\xff\xfe\n")
    for flags in ((), ("--max-rejects", 1), ("--max-rejects", "99%")):
        said = refused(home, "-i", source, *flags)
        assert "All records were rejected, 1 of 1" in said
        assert "--encoding" in said
    assert home.run("-i", source, "--max-rejects", "100%")["counts"]["rejected"] == 1


@pytest.mark.parametrize(
    ("good", "bad", "flags", "told"),
    [
        (3, 3, (), ["3 of 6"]),
        (1, 9, ("--max-rejects", "90%"), ["9 of 10"]),
        (1, 9, ("--max-rejects", 9), ["9 of 10"]),
        (99, 1, (), ["1 of 100"]),
        (199, 1, (), []),
        (5, 0, ("--max-rejects", "0%"), []),
    ],
)
def test_a_note_where_some_are_rejected(
    home: Home, write: Write, good: int, bad: int, flags: tuple[object, ...], told: list[str]
) -> None:
    """From one in a hundred on; the report has it too."""
    metadata = home.run("-i", write("in.csv", text(good, bad)), *flags)
    notes = [note for note in metadata["notes"] if "were rejected" in note]
    assert [any(words in note for note in notes) for words in told] == [True] * len(told)
    assert bool(notes) is bool(told)
    report = (home.path / "report" / f"{metadata['run_id']}.html").read_text()
    assert ("records were rejected (" in report) is bool(told)


def test_skipped_records_count_on_neither_side(home: Home, write: Write) -> None:
    """Blank lines make no share smaller."""
    source = write("in.csv", "a,b\n1,2\n1\n1\n" + "\n" * 50)
    assert "2 of 3" in refused(home, "-i", source)
    assert "All records" in refused(home, "-i", write("all.csv", "a,b\n1\n" + "\n" * 50))


def test_the_limit_stands_in_the_configuration_as_it_was_given(home: Home, write: Write) -> None:
    """A share is a text there, a number a number."""
    source = write("in.csv", text(3, 0))
    for given, kept in (("50 %", "50%"), ("12.50%", "12.50%"), ("7", 7)):
        assert home.run("-i", source, "--max-rejects", given)["config"]["max_rejects"] == kept
    for wrong in ("-1", "half", "101%"):
        outcome = home.etl("-i", source, "-o", home.output / "y.csv", f"--max-rejects={wrong}")
        assert outcome.code == 2
        assert "--max-rejects: give a number of records from 0, or a share" in outcome.err
