"""The bytes around a reject in its source: shown when they are still the ones that were read, else not."""

from __future__ import annotations

import pytest

from etl_batch.datasets.surroundings import surroundings
from etl_batch.errors import InputRefused, PathRefused
from etl_batch.record.run import InputRecord
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.reject_view import RejectFilter, read_page
from tests.integration.datasets.conftest import runner

GOOD = "1,one\n"
BAD = "2,two,too many\n"


def rejected(home, run_id):
    """The first reject of a run and what the run says about its source."""
    run = RunDirectory(home, run_id)
    line = read_page(run.file("rejects.jsonl"), RejectFilter(), 0, 1)[0]
    return line, next(each for each in run.metadata().inputs if each.path == line.source)


def test_the_record_stands_between_its_neighbours(home, run):
    """What the engine rejected is found at its byte, with what stands before and after it."""
    line, facts = rejected(home, run("a,b\n" + GOOD * 30 + BAD + GOOD * 30))
    found = surroundings(home, line, facts)
    assert found.record == BAD.strip().encode()
    assert found.before.endswith(b"1,one\n1,one\n")
    assert len(found.before) == 64
    assert found.after.startswith(b"\n1,one\n")
    assert (found.begin, found.after_begin) == (line.offset - 64, line.offset + len(found.record))


def test_the_first_record_has_little_before_it(home, run):
    """At the start of the file there is only the header."""
    line, facts = rejected(home, run("a,b\n" + BAD + GOOD * 3))
    assert surroundings(home, line, facts).before == b"a,b\n"


def test_another_encoding_is_compared_as_it_stands(home):
    """A UTF-16 source is read back in its own bytes."""
    text = "a,b\n" + GOOD * 30 + BAD + GOOD * 30
    source = home / "data" / "wide.csv"
    source.write_bytes(text.encode("utf-16"))
    line, facts = rejected(home, runner(home)("x,y\n1,2\n", inputs=(str(source),)))
    assert surroundings(home, line, facts).record == BAD.strip().encode("utf-16-le")


def test_a_changed_source_is_not_shown(home, run):
    """Other bytes at the place, another length, and a file that is gone each say so."""
    run_id = run("a,b\n" + GOOD + BAD + GOOD)
    line, facts = rejected(home, run_id)
    source = home / "data" / "in.csv"
    text = source.read_text()
    source.write_text(text.replace("two", "TWO"))
    with pytest.raises(InputRefused, match="was changed or replaced"):
        surroundings(home, line, facts)
    source.write_text(text + GOOD)
    with pytest.raises(InputRefused, match="was changed or replaced"):
        surroundings(home, line, facts)
    source.unlink()
    with pytest.raises(InputRefused, match="no file"):
        surroundings(home, line, facts)


def test_a_source_outside_the_roots_is_not_read(home, run, tmp_path):
    """A link that leads out, planted after the run, is refused."""
    line, facts = rejected(home, run("a,b\n" + BAD + GOOD))
    source = home / "data" / "in.csv"
    source.rename(tmp_path / "out.csv")
    source.symlink_to(tmp_path / "out.csv")
    with pytest.raises(PathRefused):
        surroundings(home, line, facts)


def test_parquet_has_no_bytes_to_show(home, run):
    """A cell of a Parquet file has no place of its own, which is said."""
    line, _ = rejected(home, run("a,b\n" + BAD + GOOD))
    with pytest.raises(InputRefused, match="compressed"):
        surroundings(home, line, InputRecord(line.source, "parquet"))
