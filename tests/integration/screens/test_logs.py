"""The log on a page: windows, search and levels as a person drives them, and text that stays text."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from console import downloads
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import wording
from tests.support import FAILURE, HOSTILE, SUCCESS, texts


def entry(number: int, level: str = "INFO", text: str = "step") -> str:
    """One line as the engine writes it."""
    return f"2026-01-01T00:00:00.000Z {level:<7} {text} {number:04d}\n"


@pytest.fixture
def long_log(home) -> RunDirectory:
    """A finished run with 1,000 lines of log, in two parts."""
    run = RunDirectory(home, SUCCESS)
    lines = [entry(n, "ERROR" if n == 300 else "INFO") for n in range(1000)]
    run.file("run.log.1").write_text("".join(lines[:500]))
    run.file("run.log").write_text("".join(lines[500:]))
    return run


def press(app: AppTest, name: str) -> str:
    """Press one of the log's buttons; returns the page's text."""
    app.button(key=f"log-{name}-{SUCCESS}").click().run()
    assert not app.exception
    return texts(app)


def test_paging(screen, home, long_log):
    """The newest lines first; older, newer, oldest and newest lead where they say."""
    app = screen(home, "live", run=SUCCESS)
    shown = texts(app)
    assert "step 0999" in shown
    assert "step 0799" not in shown
    assert app.button(key=f"log-newer-{SUCCESS}").disabled
    shown = press(app, "older")
    assert "step 0799" in shown
    assert "step 0800" not in shown
    assert "step 0800" in press(app, "newer")
    shown = press(app, "oldest")
    assert "step 0000" in shown
    assert app.button(key=f"log-older-{SUCCESS}").disabled
    assert "step 0999" in press(app, "newest")


def test_search_level_and_place(screen, home, long_log):
    """A search marks what fits, the level narrows it, and the found line can be seen among its neighbours."""
    app = screen(home, "runs", run=SUCCESS)
    app.text_input(key=f"log-text-{SUCCESS}").set_value("STEP 03").run()
    assert "<mark>step 03</mark>00" in texts(app)
    assert "step 0200" not in texts(app)
    app.selectbox(key=f"log-level-{SUCCESS}").set_value("errors only").run()
    assert "<mark>step 03</mark>00" in texts(app)
    assert "<mark>step 03</mark>01" not in texts(app)
    shown = press(app, "place")
    assert "step 0299" in shown
    assert "step 0310" in shown
    next(each for each in app.text_input if each.label == wording.SEARCH).set_value("nowhere").run()
    assert wording.NOTHING in texts(app)


def test_rotated_parts_can_be_downloaded(screen, home, long_log):
    """Each part has its link, and the route knows the file behind it."""
    shown = texts(screen(home, "live", run=SUCCESS))
    for name in ("run.log", "run.log.1"):
        assert f'href="/files/{SUCCESS}/{name}"' in shown
        assert downloads.locate(home, SUCCESS, name).path == long_log.file(name)


def test_hostile_lines_are_text(screen, home):
    """Markup, control characters and text that turns around are shown and obeyed by nobody."""
    RunDirectory(home, FAILURE).file("run.log").write_text(entry(1, "ERROR", f"{HOSTILE} \x1b[31m \u202e") + "\x00\n")
    app = screen(home, "live", run=FAILURE)
    app.text_input(key=f"log-text-{FAILURE}").set_value("<img").run()
    shown = texts(app)
    assert "<img" not in shown
    assert "<mark>&lt;img</mark>" in shown
    assert "\x1b" not in shown
    assert "U+202E" in shown
