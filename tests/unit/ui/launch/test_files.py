"""Picking files."""

from __future__ import annotations

from etl_batch.ui.launch import files as launch_files


def test_a_box_that_was_not_touched_changes_nothing(monkeypatch):
    """Streamlit may call back for every box when a click overtakes a drawing: each call leaves what the box says."""
    state = {launch_files.PICKED_KEY: ["data/a.csv"], "a": True, "b": False}
    monkeypatch.setattr(launch_files.st, "session_state", state)
    for typed, key in (("data/a.csv", "a"), ("data/b.csv", "b"), ("data/c.csv", "gone")):
        launch_files._ticked(typed, key)
    assert state[launch_files.PICKED_KEY] == ["data/a.csv"]
