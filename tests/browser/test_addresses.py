"""What a browser asks the console for, on every screen: all of it is there, and no more is let through."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from console import addresses
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
