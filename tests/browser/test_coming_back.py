"""A console that is gone and comes again, as an open page shows it: killed, stopped, without a session, unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from console import sessions, users
from console.screens import NAVIGATION
from console.server import prepare_home
from console.users import Role
from tests.browser.conftest import NAME, PASSWORD, STORY, Console, Restartable, settled, sign_in

pytestmark = STORY
LONGEST_PAUSE, LONG_ASLEEP = 10_000, 200_000
"""Milliseconds: between two questions of a page, and of a sleep after which its connection counts for nothing."""
HIDE = "hidden => Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })"
TELL = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def restartable(tmp_path: Path) -> Iterator[Restartable]:
    """A console over an empty home with one account."""
    prepare_home(tmp_path)
    users.create(tmp_path, NAME, Role.SUPER_ADMIN, PASSWORD, by="test")
    console = Restartable(tmp_path)
    yield console
    console.server.stop()


def opened(page: Page, console: Restartable, target: str) -> Page:
    """A page that has signed in and is drawn."""
    sign_in(page, Console(console.home, console.address, ""), target)
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    return page


def asked(page: Page) -> list[str]:
    """Every question for the session from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/session"):
            found.append(request.url)

    page.on("request", note)
    return found


def gone(page: Page):
    """The sentence that the console does not answer."""
    return page.get_by_role("alert").filter(
        has_text="The console does not answer. This page keeps trying, and goes on by itself"
    )


def test_each_screen_says_so_and_comes_back(restartable, visit):
    """On every screen: our sentence, no dialog of Streamlit's; then the same address, drawn by the new process."""
    visitor = visit()
    pages = [opened(visitor.page(), restartable, "/")]
    for screen in NAVIGATION[1:]:
        pages.append(visitor.page())
        pages[-1].goto(f"{restartable.address}/{screen.name}?kept=yes")
        settled(pages[-1])
    before = [page.url for page in pages]
    restartable.kill()
    for page in pages:
        expect(gone(page)).to_be_visible()
        expect(page.get_by_test_id("stConnectionStatus")).not_to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
    restartable.start()
    for page in pages:
        expect(page.locator("[data-test-connection-state=CONNECTED]")).to_be_attached()
        expect(gone(page)).to_have_count(0)
        settled(page)
    assert [page.url for page in pages] == before


def test_a_form_stays_and_its_button_works_at_once(restartable, visit):
    """What was typed and not sent is there, and a click is heard by a process that never drew the page before."""
    page = opened(visit().page(), restartable, "/users")
    name = page.get_by_role("textbox", name="User name", exact=True)
    name.fill("opal")
    name.press("Tab")
    settled(page)
    restartable.server.stop()
    expect(gone(page)).to_be_visible()
    restartable.start()
    expect(gone(page)).to_have_count(0)
    settled(page)
    expect(name).to_have_value("opal")
    page.get_by_role("button", name="Add account", exact=True).click()
    expect(page.get_by_role("dialog").locator("code")).to_contain_text("/reset?token=")
    assert users.find(restartable.home, "opal") is not None


def test_a_session_that_ended_meanwhile(restartable, visit):
    """The page goes to sign-in, and from there to where it was."""
    page = opened(visit().page(), restartable, "/audit?action=refused")
    before = page.url
    restartable.kill()
    expect(gone(page)).to_be_visible()
    user = users.find(restartable.home, NAME)
    assert user is not None
    sessions.end_all(restartable.home, user.name, by="test")
    restartable.start()
    page.wait_for_url(re.compile("/login"))
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Audit", level=1).wait_for()
    assert page.url == before


def test_pages_do_not_storm(restartable, visit):
    """A page asks at most once in half of the longest pause, an unseen one not at all, and at once when it is seen."""
    page = visit().page()
    page.clock.install()
    opened(page, restartable, "/account")
    restartable.kill()
    expect(gone(page)).to_be_visible()
    questions = asked(page)
    for _ in range(12):  # the pauses grow to the longest
        with page.expect_event("requestfailed"):
            page.clock.run_for(LONGEST_PAUSE)
    questions.clear()
    for _ in range(10):
        with page.expect_event("requestfailed"):
            page.clock.run_for(LONGEST_PAUSE)
    assert 10 <= len(questions) <= 20
    page.evaluate(HIDE, True)
    page.clock.run_for(LONGEST_PAUSE)  # the last one that was under way
    questions.clear()
    page.clock.run_for(10 * LONGEST_PAUSE)
    assert questions == []
    restartable.start()
    assert questions == []
    page.evaluate(HIDE, False)
    page.evaluate(TELL)
    expect(gone(page)).to_have_count(0)
    assert len(questions) == 1


def test_a_machine_that_slept(restartable, visit):
    """Its connection may have ended unheard: the page makes a new one, by itself, and says nothing about it."""
    page = visit().page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.clock.install()
    opened(page, restartable, "/account")
    assert len(sockets) == 1
    with page.expect_event("websocket"):
        page.clock.fast_forward(LONG_ASLEEP)
    expect(page.locator("[data-test-connection-state=CONNECTED]")).to_be_attached()
    expect(gone(page)).to_have_count(0)


def test_it_is_said_in_the_language_of_the_page(restartable, visit):
    """Also when that is chosen on the open page."""
    page = opened(visit().page(), restartable, "/account")
    page.get_by_role("combobox", name="Language").click()
    page.get_by_role("option", name="Português (Brasil)").click()
    page.get_by_role("heading", name="Minha conta", level=1).wait_for()
    expect(page.locator("html[lang=pt-BR]")).to_be_attached()
    restartable.kill()
    expect(page.get_by_role("alert").filter(has_text="O console não responde.")).to_be_visible()
    restartable.start()
    expect(page.locator("[data-test-connection-state=CONNECTED]")).to_be_attached()
