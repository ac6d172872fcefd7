"""What the Launch page says of an input before it is run."""

from __future__ import annotations

from etl_batch.probing import estimate_path
from etl_batch.reporting.formatting import coarse, quantity
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import FoundInputs, fresh_values
from etl_batch.ui.launch.probe import start_probe
from tests.support import HOSTILE, texts
from tests.waiting import finish_probes


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


def test_very_many_files_are_not_opened(screen, fresh):
    """A folder of more files than are looked at says so."""
    for number in range(201):
        (fresh / "data" / f"more-{number:03}.csv").write_text("a,b\n1,2\n")
    found = FoundInputs(tuple(sorted((fresh / "data").iterdir())))
    assert start_probe(fresh, fresh_values(fresh, ("data",)), found) is None
    app = screen(fresh, "launch", input="data/*.csv")
    assert wording.TOO_MANY.format(most=200).split("`")[0] in texts(app)
    assert not app.exception
