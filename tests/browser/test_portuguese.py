"""The console in Portuguese: by the browser's wish from the first page on, and back by a choice on My account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from console import screens
from console import wording as console_wording
from console.views.account import wording as account_wording
from etl_batch.language import LANGUAGES, speaking
from etl_batch.model import RunStatus
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.home import wording as home_wording
from etl_batch.ui.launch import wording as launch_wording
from etl_batch.ui.live import wording as live_wording
from etl_batch.ui.shared import wording as shared_wording
from tests.browser.conftest import NAME, PASSWORD, STEP_MILLISECONDS, STORY, choose, expect_status, settled
from tests.browser.test_accessibility import breaches

pytestmark = STORY

PORTUGUESE, TAG = "pt_br", "pt-BR"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that wishes for Portuguese, and that lets axe in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=TAG, bypass_csp=True)
    context.set_default_timeout(STEP_MILLISECONDS)
    yield context.new_page()
    context.close()


def test_from_the_setup_link_to_the_report_and_back_to_english(console, page):
    """Each page says its language to a screen reader, numbers are written by it, and axe finds nothing serious."""
    with speaking(PORTUGUESE):
        found = into_the_console(console.setup_link, page)
        run_id = run(page)
        for screen in screens.NAVIGATION:
            found += breaches(opened(page, console, screen), screen.name)
        expect(page.get_by_role("heading", level=1)).to_have_text(screen_title("system"))
    assert found == []
    report = RunDirectory(console.home, run_id).report.read_text(encoding="utf-8")
    assert f'<html lang="{TAG}">' in report
    page.goto(f"{console.address}/account")
    with speaking(PORTUGUESE):
        label = account_wording.LANGUAGE_OF_SCREENS
    choose(page, label, LANGUAGES["en"])
    expect(page.get_by_text(account_wording.LANGUAGE_CHOSEN)).to_be_visible()
    page.goto(console.address)
    expect(page.get_by_role("heading", name=home_wording.TITLE, exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def into_the_console(link: str, page: Page) -> list[str]:
    """Through the setup link to the front page; what axe finds on the way."""
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("lang", TAG)
    found = breaches(page, "setup")
    page.get_by_label(console_wording.USER_NAME).fill(NAME)
    page.locator("#password").fill(PASSWORD)
    page.locator("#repeated").fill(PASSWORD)
    page.get_by_role("button", name=console_wording.CREATE).click()
    expect(page.get_by_role("heading", name=home_wording.TITLE, exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", TAG)
    return found


def run(page: Page) -> str:
    """A run of the demo's files, watched to its end; its id."""
    page.get_by_role("link", name=screen_title("launch"), exact=True).click()
    page.get_by_role("button", name=launch_wording.LAUNCH, exact=True).click()
    page.wait_for_url("**/live?run=*")
    page.get_by_role("heading", name=live_wording.TITLE, exact=True).wait_for()
    expect_status(page, shared_wording.STATUSES[RunStatus.SUCCESS])
    return page.url.partition("run=")[2]


def opened(page: Page, console, screen: screens.Page) -> Page:
    """A screen, drawn to its end."""
    page.goto(f"{console.address}/{'' if screen.name == 'home' else screen.name}")
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    settled(page)
    return page


def screen_title(name: str) -> str:
    """What a screen is called."""
    return next(screen.title for screen in screens.NAVIGATION if screen.name == name)
