"""The note of uploads that are open."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.staging import discard
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.uploading import uploading
from etl_batch.runs.record.uploads import UPLOADS, abort_uploads, forget_uploads, has_uploads, try_uploads
from tests.commits import staged_in


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run."""
    return RunDirectory(tmp_path, "r").create()


def test_files_are_no_uploads(run: RunDirectory, tmp_path: Path) -> None:
    """Nothing is asked and nothing noted."""
    output = staged_in(tmp_path / "x.csv", "r", "a")
    with uploading(run, [output], 1, tmp_path / "manifest") as uploads:
        uploads.start()
        uploads.advance({output: 1})
        assert uploads.finish(time.monotonic() + 9) == {}
    discard([output])
    try_uploads(run, [Place.of(tmp_path / "x.csv")])
    assert not has_uploads(run)
    abort_uploads(run)


def test_a_note_that_nobody_can_read_goes(run: RunDirectory) -> None:
    """It would be in the way of the run for ever."""
    run.file(UPLOADS).write_text("{")
    assert has_uploads(run)
    abort_uploads(run)
    assert not has_uploads(run)


def test_a_note_stays_while_the_store_is_away(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes next tries again."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    run.file(UPLOADS).write_text(json.dumps([{"url": "s3://b/k", "id": "1", "mark": "r", "tags": []}]))
    with pytest.raises(OutputFailed, match="s3://b/k"):
        abort_uploads(run)
    assert has_uploads(run)
    forget_uploads(run)
    assert not has_uploads(run)
