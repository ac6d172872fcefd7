"""What an upload was called: by its note in the home's data, and by the run's record when the note is gone."""

from __future__ import annotations

import json

import pytest

from etl_batch.record.originals import name_of
from etl_batch.record.run import InputRecord

STORED, ORIGINAL = "upload-20260101T000000Z-abc123.csv", "Städte & mehr.csv"


@pytest.fixture
def home(tmp_path):
    """A home with an upload's note in `data/`, and the like in another folder."""
    for folder in (tmp_path / "data", tmp_path / "elsewhere"):
        folder.mkdir()
        (folder / f".{STORED}.json").write_text(json.dumps({"original_name": ORIGINAL}))
    return tmp_path


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (f"data/{STORED}", ORIGINAL),
        ("data/sales.csv", "sales.csv"),
        (f"elsewhere/{STORED}", STORED),
        ("data/*.csv", "*.csv"),
        ("", ""),
        ("a\0b/c\udc80", "c\udc80"),
    ],
)
def test_a_note_counts_in_the_data_folder_alone(home, given, name):
    """From the home or in full; whatever is no upload is called by the last part of its path."""
    assert name_of(home, given) == name
    assert name_of(home, str(home / given) if given else "") == name


def test_the_record_outlives_the_note(home):
    """When the note is deleted the name of the run's record is left; an old record without one has none."""
    (home / "data" / f".{STORED}.json").unlink()
    facts = {"path": f"/elsewhere/data/{STORED}", "format": "csv"}
    assert name_of(home, f"data/{STORED}", [InputRecord.from_json(facts | {"original_name": ORIGINAL})]) == ORIGINAL
    assert name_of(home, f"data/{STORED}", [InputRecord.from_json(facts)]) == STORED


def test_only_uploads_have_the_key():
    """The record of any other input is what it was."""
    record = InputRecord(path="/d/a.csv", format="csv")
    assert "original_name" not in record.to_json()
    named = InputRecord(path="/d/a.csv", format="csv", original_name=ORIGINAL)
    assert InputRecord.from_json(named.to_json()) == named
    assert (record.name, named.name) == ("a.csv", ORIGINAL)
