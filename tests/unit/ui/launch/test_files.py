"""Picking files."""

from __future__ import annotations

import pytest

from etl_batch.ui.launch import files as launch_files
from etl_batch.ui.shared import chosen

A, B, C = "data/a.csv", "data/b.csv", "data/c.csv"


@pytest.fixture
def state(monkeypatch):
    """The session of a page on which one file is picked and drawn."""
    held = {}
    for module in (launch_files, chosen):
        monkeypatch.setattr(module.st, "session_state", held)
    launch_files.pick([A])
    key = chosen.key_of(launch_files.FIELD)
    held[key] = [A]
    launch_files._said()[key] = (A,)
    return held


def change(state, key, *names):
    """The browser says that the field under this key holds these."""
    state[key] = list(names)
    launch_files._changed(key)


def test_a_box_that_was_not_touched_changes_nothing(state):
    """Streamlit may call back for every box when a click overtakes a drawing: each call leaves what the box says."""
    state |= {"a": True, "b": False}
    key = chosen.key_of(launch_files.FIELD)
    for typed, box in ((A, "a"), (B, "b"), (C, "gone")):
        launch_files._ticked(typed, box)
    assert launch_files.picked() == (A,)
    assert chosen.key_of(launch_files.FIELD) == key


def test_a_box_makes_another_field(state):
    """What the browser still says of the field that it had before a tick counts no more."""
    key = chosen.key_of(launch_files.FIELD)
    state["b"] = True
    launch_files._ticked(B, "b")
    assert launch_files.picked() == (A, B)
    assert chosen.begin(launch_files.FIELD, ()) != (key, (A, B))
    assert chosen.begin(launch_files.FIELD, ())[1] == (A, B)


def test_a_field_that_had_not_heard_of_a_tick(state):
    """What somebody changed in it counts; what it does not know of stays picked."""
    key = chosen.key_of(launch_files.FIELD)
    state["b"] = True
    launch_files._ticked(B, "b")
    change(state, key, A, C)
    assert launch_files.picked() == (A, B, C)
    change(state, key, C)
    assert launch_files.picked() == (B, C)
    assert chosen.begin(launch_files.FIELD, ())[1] == (B, C)


def test_a_field_keeps_its_place_and_the_boxes_follow(state):
    """Who types in the field goes on in the same one; the box of what was taken out is drawn anew, without its tick."""
    key, box = chosen.key_of(launch_files.FIELD), chosen.key_of("launch-pick-data/a.csv")
    change(state, key, B)
    assert (chosen.key_of(launch_files.FIELD), launch_files.picked()) == (key, (B,))
    after, ticked = chosen.begin("launch-pick-data/a.csv", True)
    assert after != box
    assert not ticked
