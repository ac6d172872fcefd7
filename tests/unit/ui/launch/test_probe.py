"""The probe of the Launch form: when it starts anew, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.probing import estimate_path
from etl_batch.reporting.formatting import percent
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import FoundInputs, fresh_values
from etl_batch.ui.launch.probe import distrusted, foretold, headings, probe_lines, start_probe, strata_table
from tests.waiting import finish_probes

THIN = "\N{NARROW NO-BREAK SPACE}"


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
    """A total with its interval and what the run will say; one that is nought throughout has none, and it is said."""
    lines = {line[0]: line[1:] for line in probe_lines(probe)}
    assert headings(probe)[-1].replace(THIN, " ") == "A run at 20 %"
    width = percent(probe.expected.measures["n"].half_width)
    assert lines["Rows"][2] == wording.RUN_COUNTS
    assert lines["Total of n"][2] == f"±{width}, certified"
    assert " to " in lines["Total of n"][1]
    assert lines["Total of none"][2] == wording.RUN_NO_INTERVAL
    assert [sentence for sentence in distrusted(probe) if "nought" in sentence]


def test_the_run_is_foretold_in_a_sentence(probe):
    """How near it is expected to be to each total that it certifies, from how many rows."""
    (sentence,) = foretold(probe)
    width = percent(probe.expected.measures["n"].half_width)
    assert sentence.replace(THIN, " ").startswith("A run at 20 % draws 8 005 rows and is expected to be within ±")
    assert f"±{width} for n" in sentence


def test_what_the_run_will_not_certify(fresh, monkeypatch):
    """Too few rows of a total that hangs on a few: it is said beside the one that will be."""
    monkeypatch.setattr("etl_batch.formats.blocks.LEAST_BYTES", 0)
    path: Path = fresh / "data" / "tail.csv"
    path.write_text(
        "city,n,tail\n" + "".join(f"Rome,{k % 13},{10 ** (k % 641 == 0) ** 6 * 7}\n" for k in range(20_000))
    )
    sentences = foretold(estimate_path(path, fresh, stratum="city", measures=["n", "tail"], sample_frac=0.005))
    assert any("±" in sentence and "for n" in sentence for sentence in sentences)


def test_the_strata_have_errors(probe):
    """A line a stratum, a missing value named, each number with half the width of its interval."""
    table = strata_table(probe)
    assert set(table["city"]) == {"Rome", "Oslo", wording.PROBE_MISSING} or "" in set(table["city"])
    assert all("±" in cell for cell in table["Total of n"])
