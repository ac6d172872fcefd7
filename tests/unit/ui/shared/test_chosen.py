"""Widgets that have what was typed again: kept where the page says, and nowhere on a page that says so."""

from __future__ import annotations

import ast

from streamlit.testing.v1 import AppTest

from etl_batch.defaults import PROJECT_ROOT


def page() -> None:
    """Two fields, of which the page keeps what is typed unless it is told not to."""
    import streamlit as st

    from etl_batch.ui.shared import chosen

    class Kept(dict):  # type: ignore[type-arg]
        def put(self, name: str, value: object) -> None:
            self[name] = value

    place = st.session_state.setdefault("place", Kept())
    chosen.keep_in(place if st.session_state.get("keeps", True) else None)
    if st.session_state.get("drawn", True):
        for name in ("one", "two"):
            key, begins = chosen.begin(name, "start")
            st.text_input(name, begins, key=key, on_change=chosen.typed, args=(key,))


def come_back(app: AppTest) -> list[str]:
    """Leave the page for another one, and draw it again: what its fields hold."""
    app.session_state["drawn"] = False
    app.run()
    app.session_state["drawn"] = True
    app.run()
    return [each.value for each in app.text_input]


def test_what_was_typed_is_there_again() -> None:
    """In the field that it was typed into, as often as the page is left."""
    app = AppTest.from_function(page).run()
    app.text_input[0].set_value("mine").run()
    assert [come_back(app), come_back(app)] == [["mine", "start"]] * 2
    app.text_input[0].set_value("other").run()
    assert come_back(app) == ["other", "start"]


def test_a_page_that_keeps_nothing() -> None:
    """What is typed there is forgotten with it, and goes into nothing that another page keeps."""
    app = AppTest.from_function(page)
    app.session_state["keeps"] = False
    app.run()
    app.text_input[0].set_value("mine").run()
    assert come_back(app) == ["start", "start"]
    assert dict(app.session_state["place"]) == {}


def test_no_box_has_an_option_none() -> None:
    """Streamlit draws a box that holds one as if nothing had been chosen: `chosen.NONE` is for that."""
    sources = [path for folder in ("etl_batch/ui", "console/views") for path in (PROJECT_ROOT / folder).rglob("*.py")]
    lists = ((path, node) for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = [
        f"{path}:{node.lineno}"
        for path, node in lists
        if isinstance(node, ast.List | ast.Tuple) and any(isinstance(each, ast.Starred) for each in node.elts)
        if any(isinstance(each, ast.Constant) and each.value is None for each in node.elts)
    ]
    assert found == []
