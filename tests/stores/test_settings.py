"""Prefixes that are allowed by the console's settings alone: engines read them, and screens look through them."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from console import settings
from etl_batch import aside
from tests.integration.engine.conftest import Home
from tests.integration.screens.conftest import screen
from tests.stores.servers import Store
from tests.stores.test_outputs import content, nothing_left
from tests.support import texts

__all__ = ["screen"]


def test_a_run_that_the_settings_allow(home: Home, shelf: Store, lake: str) -> None:
    """Refused without them, done with them, refused beside what they name and when they are taken back."""
    home.run("-i", home.data / "b.csv", name="here")

    def code(name: str, target: str) -> int:
        """The exit code of a run from one object to another one."""
        given = ("-i", f"s3://{lake}/{name}", "-o", f"s3://{lake}/{target}", "--no-parquet", "--quiet")
        outcome = home.etl(*given, env=shelf.environment())
        assert ("Path traversal detected" in outcome.err) == (outcome.code == 3), outcome.err
        return outcome.code

    assert code("raw/b.csv", "out/x.csv") == 3
    assert content(shelf, lake, "out/x.csv") is None
    settings.put(home.path, "allowed_roots", [f"s3://{lake}/raw/", f"s3://{lake}/out"])
    assert code("raw/b.csv", "out/x.csv") == 0
    assert content(shelf, lake, "out/x.csv") == home.csv("here")
    assert nothing_left(home, shelf, lake)
    shelf.put(lake, "rawer/b.csv", b"a\n1\n")
    assert code("rawer/b.csv", "out/y.csv") == 3
    assert code("raw/b.csv", "output/y.csv") == 3
    settings.put(home.path, "allowed_roots", [f"s3://{lake}/out"])
    assert code("raw/b.csv", "out/y.csv") == 3
    assert content(shelf, lake, "out/y.csv") is None


def test_what_the_environment_allows_is_allowed_as_well(home: Home, shelf: Store, lake: str) -> None:
    """The two add up: the input is the one's, the output the other's."""
    settings.put(home.path, "allowed_roots", [f"s3://{lake}/out"])
    given = ("-i", f"s3://{lake}/raw/b.csv", "-o", f"s3://{lake}/out/x.csv", "--no-parquet", "--quiet")
    outcome = home.etl(*given, env=shelf.environment(f"s3://{lake}/raw"))
    assert outcome.code == 0, outcome.err
    assert content(shelf, lake, "out/x.csv") is not None


def test_launch_looks_through_them(
    home: Home, shelf: Store, lake: str, screen: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prefix of the settings is one of the folders, and a run from it to it can be launched."""
    for name, value in shelf.environment().items():
        monkeypatch.setenv(name, value)
    # What looks into files has the environment of its start.
    monkeypatch.setattr(aside, "_STANDING", aside._Standing())
    assert os.environ["ETL_ALLOWED_ROOTS"] == ""
    settings.put(home.path, "allowed_roots", [f"s3://{lake}/raw", f"s3://{lake}/out"])
    app = screen(home.path, "launch")
    app.session_state["launch-browse"] = True
    app.run()
    folder = next(box for box in app.selectbox if box.label == "Folder")
    assert folder.options[-2:] == [f"s3://{lake}/raw", f"s3://{lake}/out"]
    folder.select(f"s3://{lake}/raw")
    app.session_state["launch-browse"] = True
    app.run()
    assert not app.exception
    picks = [str(box.key) for box in app.checkbox if str(box.key).startswith("launch-pick-s3")]
    assert f"launch-pick-s3://{lake}/raw/b.csv" in picks
    app.session_state["launch-browse"] = True
    next(box for box in app.checkbox if box.key == f"launch-pick-s3://{lake}/raw/b.csv").check()
    app.run()
    field = next(field for field in app.text_input if field.label == "CSV output")
    field.set_value(f"s3://{lake}/out/x.csv").run()
    assert "outside the allowed folders" not in texts(app)
    field = next(field for field in app.text_input if field.label == "CSV output")
    field.set_value(f"s3://{lake}/elsewhere/x.csv").run()
    assert "outside the allowed folders" in texts(app)
