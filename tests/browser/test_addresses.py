"""What a browser asks the console for, on every screen: all of it is there, and no more is let through."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from console import addresses
from console.screens import NAVIGATION
from tests.browser.conftest import STORY, launch, set_up, settled

pytestmark = STORY


def test_every_screen_gets_what_it_asks_for(console, visit):
    """A tour of all screens, with a run to look at: no answer says that there is nothing at an address."""
    page = visit().page()
    answers: set[tuple[str, int]] = set()
    sockets: set[str] = set()
    page.on("response", lambda answer: answers.add((urlsplit(answer.url).path, answer.status)))
    page.on("websocket", lambda opened: sockets.add(urlsplit(opened.url).path))
    set_up(page, console)
    run_id = launch(page)
    page.get_by_text("Success").first.wait_for()
    for screen in NAVIGATION:
        page.goto(f"{console.address}/{screen.name}?run={run_id}")
        page.get_by_role("heading", name=screen.title, exact=True).first.wait_for()
        settled(page)
    # Opened at a screen's address the page asks below it first, and is told that it stands at the front page's.
    below = re.compile(r"/\w+/_stcore/(health|host-config)")
    assert {(path, status) for path, status in answers if status >= 400 and not below.fullmatch(path)} == set()
    assert sockets == {addresses.STREAM}
    asked = {path for path, _status in answers}
    needed = {path for path in asked if not re.match("/(login|setup|session|reports/)", path)}
    assert needed >= addresses.STREAMLIT
    for folder in addresses.STREAMLIT_FILES:
        assert any(path.startswith(folder) for path in needed), folder
