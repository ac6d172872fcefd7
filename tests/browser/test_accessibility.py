"""Every screen under axe-core, in both themes and at two widths: no serious or critical breach of WCAG 2 A and AA."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from console import links, screens
from console.database import transaction
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.ui.shared.palette import THEMES
from tests.browser.conftest import (
    CHARTS,
    NAME,
    STEP_MILLISECONDS,
    STORY,
    Console,
    expect_theme,
    set_up,
    settled,
    sign_in,
)

pytestmark = STORY

SIZES = {"desk": (1440, 900), "telephone": (390, 844)}
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
}
GRAVE = ("serious", "critical")
NOT_OURS = {
    "[data-testid=stSidebarNavItems]": "Streamlit builds the navigation's list with a <div> and a <header> per section "
    "between <ul> and <li>; the links in it are plain links with text.",
}
"""Selectors of Streamlit's own parts that cannot be changed from outside, each with the reason."""


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens a page of some size in a profile of its own, whose content policy lets axe in."""
    contexts = []

    def make(size: str) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
        context.set_default_timeout(STEP_MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def breaches(page: Page, where: str) -> list[str]:
    """What axe finds that is serious in either theme, a line each."""
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        if page.get_by_test_id("stApp").count():
            expect_theme(page, theme)
            settled(page)
        found += breaches_as_it_is(page, f"{where}, {theme}")
    return found


def breaches_as_it_is(page: Page, where: str) -> list[str]:
    """What axe finds that is serious, a line each."""
    context: dict[str, Any] = {"exclude": [[selector] for selector in NOT_OURS]}
    found = Axe().run(page, context=context, options=OPTIONS).response["violations"]
    lines = []
    for violation in found:
        if violation["impact"] in GRAVE:
            for node in violation["nodes"]:
                html = " ".join(node["html"].split())[:160]
                lines.append(f"{where}: {violation['id']} ({violation['impact']}): {node['target']} {html}")
    return lines


def runs_of_all_kinds(console: Console) -> None:
    """A run that succeeded with rejects, one of binary records, and one that failed."""
    engine = [sys.executable, str(PROJECT_ROOT / "etl_batch" / "etl_core.py"), "--home", str(console.home), "--quiet"]
    rows = [f"{number},{'red' if number % 2 else 'blue'},{number / 7:.2f}" for number in range(2000)]
    rows[100] = "broken,row"
    source = console.home / "data" / "accessible.csv"
    source.write_text("\n".join(["id,colour,amount", *rows]) + "\n", encoding="utf-8")
    output = console.home / "output" / "accessible.csv"
    command = [*engine, "-i", str(source), "-o", str(output)]
    assert subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode == 0
    assert subprocess.run([*command, "--max-rejects", "0"], cwd=PROJECT_ROOT, check=False).returncode == 4
    assert subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode == 0


def test_no_screen_keeps_anybody_out(console, open_page):
    """Every page of the navigation and every sign-in page, at both widths: nothing serious or critical."""
    found: list[str] = []
    for size in SIZES:
        page = open_page(size)
        page.goto(console.setup_link)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += breaches(page, f"/setup on a {size}")
    runs_of_all_kinds(console)
    set_up(page, console)
    for size in SIZES:
        found += open_pages(console, open_page(size), size)
        found += passkey_pages(console, open_page(size), size)
    page = open_page("desk")
    sign_in(page, console)
    for item in screens.NAVIGATION:
        page.get_by_role("link", name=item.title, exact=True).first.click()
        page.get_by_role("heading", name=item.title, level=1, exact=True).wait_for()
        for part in open_parts(page, item):
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                settled(page)
                found += breaches(page, f"{item.title}{part} on a {size}")
        width, height = SIZES["desk"]  # where the navigation is always in sight
        page.set_viewport_size({"width": width, "height": height})
    assert not found, "\n".join(found)


def open_parts(page: Page, item: screens.Page) -> Iterator[str]:
    """A screen as it opens, and each further tab of Analytics."""
    yield ""
    for tab in CHARTS if item.name == "analytics" else ():
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.locator(f".st-key-{CHARTS[tab][0]} .js-plotly-plot")).to_have_count(1)
        yield f", {tab}"


def open_pages(console: Console, page: Page, size: str) -> list[str]:
    """The pages that need no session: sign-in with and without an error, and a one-time link."""
    page.goto(f"{console.address}/login")
    found = breaches(page, f"/login on a {size}")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += breaches(page, f"/login with an error on a {size}")
    link = links.create(console.home, NAME, "test")
    page.goto(console.address + link.path)
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    found += breaches(page, f"/reset on a {size}")
    with transaction(console.home) as connection:
        connection.execute("DELETE FROM reset_links")
    page.goto(console.address + link.path)
    expect(page.get_by_role("alert")).to_be_visible()
    return found + breaches(page, f"/reset with a dead link on a {size}")


def passkey_pages(console: Console, page: Page, size: str) -> list[str]:
    """The pages of passkeys, which there are at a name alone: the button at sign-in, adding one, and the proof."""
    local = replace(console, address=console.address.replace("127.0.0.1", "localhost"))
    page.goto(f"{local.address}/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    found = breaches(page, f"/login with passkeys on a {size}")
    sign_in(page, local, "/account/passkey")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()
    found += breaches(page, f"/account/passkey on a {size}")
    page.goto(f"{local.address}/account/proof")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    return found + breaches(page, f"/account/proof on a {size}")
