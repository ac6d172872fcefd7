"""Names that the engine gives to files of its own: no output takes one, and nobody's file is taken for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.engine.conftest import Home, home, write

__all__ = ["home", "write"]
Write = Callable[[str, bytes | str], Path]
MADE_BY_A_PERSON = ["x.csv.bak.before-the-move", "x.csv.bak.2020", "x.csv.bak.20200101T000000.000000Z.gz"]


@pytest.mark.parametrize(
    "name",
    [
        "output/.x.csv.lock",
        "output/.x.csv.20260101T000000Z-abcdef.tmp",
        "output/x.csv.bak.20260101T000000.000000Z",
        "output/x.csv.bak.20260101T000000Z",
    ],
)
@pytest.mark.parametrize("flag", ["-o", "--report"])
def test_a_name_beside_an_output_is_no_output(home: Home, write: Write, name: str, flag: str) -> None:
    """A lock, a draft or a backup of another output is not written over: exit 3, and nothing stands there."""
    outputs = ("-o", home.output / "y.csv", "--report") if flag == "--report" else ("-o",)
    outcome = home.etl("-i", write("a.csv", "a,b\n1,2\n"), "--no-parquet", *outputs, home.path / name)
    assert (outcome.code, "kept by the engine" in outcome.err) == (3, True), outcome.err
    assert not (home.path / name).exists()
    assert not (home.output / "y.csv").exists()


@pytest.mark.parametrize("flag", ["-o", "--report"])
def test_the_report_of_another_run_stays(home: Home, write: Write, flag: str) -> None:
    """What was said of one run is not replaced by another one, neither as its report nor as its output."""
    path = write("a.csv", "a,b\n1,2\n")
    report = home.path / "report" / f"{home.run('-i', path)['run_id']}.html"
    before = report.read_bytes()
    outputs = ("-o", home.output / "y.csv", "--report", report) if flag == "--report" else ("-o", report)
    outcome = home.etl("-i", path, "--no-parquet", *outputs)
    assert (outcome.code, "kept by the engine" in outcome.err) == (3, True), outcome.err
    assert report.read_bytes() == before


def test_files_that_are_called_like_backups(home: Home, write: Write) -> None:
    """What a person has named so beside an output is never removed, and no such name stops a run."""
    for name in MADE_BY_A_PERSON:
        (home.output / name).write_text(name)
    (home.output / "x.csv.bak.99991231T235959.999999Z").write_text("at the end of all time")
    for number in range(8):
        home.run("-i", write("a.csv", f"a,b\n{number},2\n"), "--no-parquet")
    for name in MADE_BY_A_PERSON:
        assert (home.output / name).read_text() == name
