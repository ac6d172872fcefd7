"""Pages over runs whose files are hostile or broken."""

from __future__ import annotations

import pytest

from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.analytics.view import Tab
from tests.records import json_of
from tests.support import FAILURE, HOSTILE, SUCCESS, texts


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
    for page, tab in (("home", ""), ("live", ""), ("runs", ""), *(("analytics", str(tab)) for tab in Tab)):
        app = screen(home, page, run=SUCCESS, tab=tab)
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
