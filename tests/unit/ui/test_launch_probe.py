"""What the Launch page says of an input before it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch import background
from etl_batch.probing import estimate_path
from etl_batch.reporting.formatting import coarse, quantity
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import Found, fresh_values
from etl_batch.ui.launch.probe import distrusted, probe_lines, start_probe, strata_table
from tests.unit.ui.support import HOSTILE, texts


def finish_probes() -> None:
    """Wait for every probe under way."""
    for key in list(background._TASKS):
        task = background.find(key)
        assert task is None or task.wait(60)


def test_the_page_shows_what_the_probe_says(screen, fresh):
    """First that it reads, then rows and totals; the page itself does not wait for it."""
    app = screen(fresh, "launch")
    assert wording.PROBE_TITLE in texts(app)
    finish_probes()
    app.run()
    said = texts(app)
    assert wording.WAITING not in said
    assert "Total of value" in said
    assert wording.PROBE_EXACT in said
    assert "Strata found" in str([each.label for each in app.expander])
    assert not app.exception


def test_the_cards_speak_of_the_same_rows(screen, fresh):
    """The number of rows in the cards is the probe's, not the planning sample's."""
    (fresh / "data" / "sales.csv").write_text("city,note\n" + "Rome,\n" * 40_000 + f"Oslo,{'x' * 200}\n" * 4_000)
    app = screen(fresh, "launch")
    finish_probes()
    app.run()
    rows = estimate_path(fresh / "data" / "sales.csv", fresh).population_rows
    assert rows.ci_low <= 44_000 <= rows.ci_high
    assert f"about {quantity(coarse(rows.estimate))} rows" in texts(app)


def test_hostile_names_are_text(screen, fresh):
    """Column names and strata full of markup are drawn as text."""
    cell = HOSTILE.replace('"', "'").replace(",", " ")
    (fresh / "data" / "sales.csv").write_text(f"kind,{cell}\n" + f"{cell},3\nb,4\n" * 100)
    app = screen(fresh, "launch")
    finish_probes()
    app.run()
    drawn = "\n".join(part.value if hasattr(part, "value") else part.body for part in app.html)
    assert "<img src=x" not in drawn
    assert "&lt;img src=x" in drawn
    assert not app.exception


def test_another_setting_is_another_probe(fresh):
    """The key holds the files' size and time, and what they are asked for; the same question is asked once."""
    found, values = Found((fresh / "data" / "sales.csv",)), fresh_values(fresh, ("data/sales.csv",))
    one = start_probe(fresh, values, found)
    assert one is not None
    assert start_probe(fresh, values, found) == one
    assert start_probe(fresh, values.having(stratum="code"), found)[0] != one[0]
    (fresh / "data" / "sales.csv").write_text("a,b\n1,2\n")
    assert start_probe(fresh, values, found)[0] != one[0]
    finish_probes()


def test_a_column_that_is_not_there_is_said_once(fresh):
    """The sentence is kept: a failed probe is not begun again at each drawing."""
    found, values = Found((fresh / "data" / "sales.csv",)), fresh_values(fresh, ("data/sales.csv",))
    wrong = values.having(stratum="nowhere")
    _, task = start_probe(fresh, wrong, found)
    assert task.wait(60)
    assert "no column 'nowhere'" in task.error
    assert start_probe(fresh, wrong, found)[1] is task


def test_very_many_files_are_not_opened(screen, fresh):
    """A folder of more files than are looked at says so."""
    for number in range(201):
        (fresh / "data" / f"more-{number:03}.csv").write_text("a,b\n1,2\n")
    found = Found(tuple(sorted((fresh / "data").iterdir())))
    assert start_probe(fresh, fresh_values(fresh, ("data",)), found) is None
    app = screen(fresh, "launch", input="data/*.csv")
    assert wording.TOO_MANY.format(most=200).split("`")[0] in texts(app)
    assert not app.exception


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
