"""What a browser asks the console for, on every screen: all of it is there, and no more is let through."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from console import addresses, shell
from console.screens import NAVIGATION
from tests.browser.conftest import STORY, launch, set_up, settled

pytestmark = STORY


def test_every_screen_gets_what_it_asks_for(console, visit):
    """Each screen loaded whole, with a run to look at: nothing is refused, and the browser complains of nothing."""
    page = visit().page()
    answers: set[tuple[str, int]] = set()
    sockets: set[str] = set()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda answer: answers.add((urlsplit(answer.url).path, answer.status)))
    page.on("websocket", lambda opened: sockets.add(urlsplit(opened.url).path))
    set_up(page, console)
    run_id = launch(page)
    page.get_by_text("Success").first.wait_for()
    for screen in NAVIGATION:
        page.goto(f"{console.address}/{screen.name}?run={run_id}")
        page.get_by_role("heading", name=screen.title, exact=True).first.wait_for()
        settled(page)
    assert {(path, status) for path, status in answers if status >= 400} == set()
    assert said == []
    assert sockets == {addresses.STREAM}
    asked = {path for path, _status in answers}
    needed = {path for path in asked if not re.match("/(login|setup|session|reports/)", path)}
    assert needed >= addresses.STREAMLIT
    for folder in addresses.STREAMLIT_FILES:
        assert any(path.startswith(folder) for path in needed), folder


def test_what_screens_are_drawn_with_comes_ahead(console, visit):
    """On the first screen already, each module once, Streamlit's own among them."""
    page = visit().page()
    set_up(page, console)
    fetched = "() => performance.getEntriesByType('resource').map(each => new URL(each.name).pathname)"
    page.wait_for_function(f"parts => parts.every(part => ({fetched})().includes(part))", arg=shell.parts())
    modules = [path for path in page.evaluate(fetched) if path.endswith(".js")]
    assert len(modules) == len(set(modules)) > len(shell.PARTS)
