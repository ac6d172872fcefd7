"""The probe of the Launch form: when it starts anew, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.probing import estimate_path
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import FoundInputs, fresh_values
from etl_batch.ui.launch.probe import distrusted, probe_lines, start_probe, strata_table
from tests.waiting import finish_probes


def test_another_setting_is_another_probe(fresh):
    """The key holds the files' size and time, and what they are asked for; the same question is asked once."""
    found, values = FoundInputs((fresh / "data" / "sales.csv",)), fresh_values(fresh, ("data/sales.csv",))
    one = start_probe(fresh, values, found)
    assert one is not None
    assert start_probe(fresh, values, found) == one
    assert start_probe(fresh, values.having(stratum="code"), found)[0] != one[0]
    (fresh / "data" / "sales.csv").write_text("a,b\n1,2\n")
    assert start_probe(fresh, values, found)[0] != one[0]
    finish_probes()


def test_a_column_that_is_not_there_is_said_once(fresh):
    """The sentence is kept: a failed probe is not begun again at each drawing."""
    found, values = FoundInputs((fresh / "data" / "sales.csv",)), fresh_values(fresh, ("data/sales.csv",))
    wrong = values.having(stratum="nowhere")
    _, task = start_probe(fresh, wrong, found)
    assert task.wait(60)
    assert "no column 'nowhere'" in task.error
    assert start_probe(fresh, wrong, found)[1] is task


@pytest.fixture
def probe(fresh, monkeypatch):
    """A probe that read a part of a file."""
    monkeypatch.setattr("etl_batch.formats.blocks.LEAST_BYTES", 0)
    path: Path = fresh / "data" / "big.csv"
    path.write_text("city,n,none\n" + "".join(f"{['Rome', 'Oslo', ''][k % 3]},{k % 13},0\n" for k in range(40_000)))
    return estimate_path(path, fresh, stratum="city", measures=["n", "none"], sample_frac=0.2)


def test_lines_and_reasons(probe):
    """A certified total with its interval; one that is nought throughout is not certified, and says why."""
    lines = {line[0]: line[1:] for line in probe_lines(probe)}
    assert lines["Total of n"][2] == wording.PROBE_CERTIFIED
    assert " to " in lines["Total of n"][1]
    assert lines["Total of none"][2] == "not certified"
    assert [sentence for sentence in distrusted(probe) if "nought" in sentence]


def test_the_strata_have_errors(probe):
    """A line a stratum, a missing value named, each number with half the width of its interval."""
    table = strata_table(probe)
    assert set(table["city"]) == {"Rome", "Oslo", wording.PROBE_MISSING} or "" in set(table["city"])
    assert all("±" in cell for cell in table["Total of n"])
