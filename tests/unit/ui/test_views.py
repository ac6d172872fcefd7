"""Views: the pure parts of each, and that text from data cannot become markup."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.model import RunStatus
from etl_batch.record.settings import RunSettings
from etl_batch.runs.history.index import RunRow
from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.analytics import view as analytics
from etl_batch.ui.audit import view as audit
from etl_batch.ui.home import view as home
from etl_batch.ui.runs import details as run_details
from etl_batch.ui.shared import chart, markup, proof
from tests.records import json_of, measures
from tests.unit.ui.support import FAILURE, HOSTILE, SUCCESS, texts


def row(run_id="20260101T000000Z-aaaaaa", status=RunStatus.SUCCESS, **changes) -> RunRow:
    """One line of the history."""
    values = {"user": "ada", "started_at": "2026-01-01T00:00:00Z", "seconds": 1.0, "inputs": ("/d/sales.csv",)}
    return RunRow(run_id=run_id, status=status, **{**values, "written": 5, "rejected": 0, "error": None, **changes})


def test_home_counts_the_last_seven_days():
    """Older runs do not count, running ones are neither success nor failure, and an id tells a missing start."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [
        row(status=RunStatus.RUNNING),
        row(status=RunStatus.SUCCESS),
        row(status=RunStatus.TIMED_OUT, started_at=""),
        row("20250101T000000Z-aaaaaa", status=RunStatus.FAILED, started_at="2025-01-01T00:00:00Z"),
        row("odd", status=RunStatus.FAILED, started_at=""),
    ]
    assert [card.value for card in home.home_cards(rows, now)] == ["1", "1", "1", "5"]
    assert home.failures(rows, now) == [rows[2]]


@pytest.mark.parametrize(
    ("report", "words", "clean"),
    [
        (CancelReport(True, 0, ["/o/.x.part"], True), "left: none; unfinished files removed: 1; outputs intact.", True),
        (CancelReport(True, 2, [], True), "left: 2; unfinished files removed: none; outputs intact.", False),
        (CancelReport(True, 0, [], False), "an output has changed", False),
        (CancelReport(True, 0, [], True, kept=("/o/.x.tmp",)), "left: none", False),
    ],
)
def test_cancel_words(report, words, clean):
    """The proof is told in words, and only a clean stop is shown as one."""
    assert words in proof.cancel_words(report)
    assert proof.is_clean(report) is clean


def test_tables_keep_large_numbers_and_spell_out_what_is_hidden():
    """An exact total past 2**53 is not rounded, and a value's control characters are visible."""
    exact = 2**60 + 1
    table = analytics.totals_table(measures({"m": {"exact": exact, "estimate": 1.5, "certified": False}}))
    assert table["Exact"][0].replace("\N{NARROW NO-BREAK SPACE}", "") == str(exact)
    records = [{"seq": 1, "ts": "x", "user": "a\u202eb", "action": "x", "target": "t", "outcome": "ok", "detail": {}}]
    assert "U+202E" in audit.audit_table(records)["User"][0]


def test_a_chart_as_csv_is_safe_to_open():
    """Texts that a spreadsheet would run are escaped, numbers are not touched."""
    table = pd.DataFrame({"=name": ["=1+1", "plain", None], "value": [-1.5, 2.0, None]})
    assert chart.table_csv(table) == "'=name,value\n'=1+1,-1.5\nplain,2.0\n,\n"


def test_the_command_of_an_old_configuration(finished):
    """Keys of another version are left out; values that make no sense any more give no command."""
    values = dict(RunDirectory(finished, SUCCESS).config().values)
    assert "etl_core.py run -i" in (run_details.command_line(RunSettings(values | {"of_the_future": 1})) or "")
    assert run_details.command_line(RunSettings(values | {"workers": -1})) is None


def test_templates_escape_what_they_are_given():
    """Every template that takes text from data, drawn with hostile text, holds no tag of it."""

    def script(hostile: str) -> None:
        from etl_batch.ui.shared import markup

        markup.heading(hostile, hostile)
        markup.section(hostile, hostile)
        markup.notice(hostile, "bad", hostile)
        markup.cards([markup.Card(hostile, hostile, hostile)])
        markup.show("headline.html", status=hostile, tone="bad", run_id=hostile, facts=hostile)
        markup.show("log.html", title=hostile, text=hostile)
        markup.show("table.html", pairs=[(hostile, hostile)])
        markup.show("user.html", name=hostile, role=hostile, sign_out=hostile)
        file = {"name": hostile, "path": hostile, "what": hostile, "size": hostile}
        markup.show("files.html", files=[{**file, "url": f"/files/{hostile}"}, {**file, "url": None}])

    app = AppTest.from_function(script, args=(HOSTILE,)).run()
    assert not app.exception
    assert len(app.html) == 9
    assert "<img" not in texts(app)
    assert 'onerror=alert(1)> **bold** ![x](http://example.invalid/x.png) "' not in texts(app)
    # Markup from data must not pass through Markdown either, which would fetch the picture.
    assert not app.markdown


def test_a_hostile_run_is_shown_as_text(screen, home):
    """Error, notes, names and reasons of a run come from data; the pages show them and obey none."""
    for run_id in (SUCCESS, FAILURE):
        run = RunDirectory(home, run_id)
        metadata = json_of(run)
        metadata |= {"notes": [HOSTILE], "rejects_by_reason": {HOSTILE: 1}, "error": {"message": HOSTILE}}
        if metadata["analytics"]:
            hostile = {HOSTILE: next(iter(metadata["analytics"]["measures"].values())) | {"reason": HOSTILE}}
            metadata["analytics"] |= {"stratum": HOSTILE, "measures": hostile}
        run.write("metadata.json", metadata)
    for page in ("home", "live", "runs", "analytics"):
        app = screen(home, page, run=SUCCESS)
        assert not app.exception
        assert "<img" not in texts(app)
        assert not any(HOSTILE in str(part.value) for part in [*app.markdown, *app.caption, *app.error])


@pytest.mark.parametrize(
    "text", ["", "[1]", "not json", '{"status": "failed"}', '{"status": "failed", "counts": null}']
)
def test_broken_metadata_breaks_no_page(screen, home, text):
    """A file that was cut off or comes from elsewhere leaves its run without details and the page whole."""
    run = RunDirectory(home, FAILURE)
    run.file("progress.json").unlink()
    run.file("metadata.json").write_text(text)
    for page in ("home", "live", "runs", "report", "analytics"):
        assert not screen(home, page, run=FAILURE).exception


def test_every_template_exists_and_is_used():
    """No template is left over, and none that a view names is missing."""
    folder = Path(markup.__file__).parents[1]
    scripts = [*folder.rglob("*.py"), *(PROJECT_ROOT / "console").rglob("*.py"), *(PROJECT_ROOT / "pages").glob("*.py")]
    code = "".join(path.read_text() for path in scripts)
    assert [path.name for path in markup.TEMPLATES.iterdir() if f'"{path.name}"' not in code] == []
