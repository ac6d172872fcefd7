"""The explorer in a real browser: run, explore, filter, slide the fraction down, confirm exactly."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from etl_batch.runs.history.confirmations import FILE
from etl_batch.runs.record.directory import RunDirectory
from tests.browser.conftest import STORY, Console, choose, expect_status, launch, set_up, settled

pytestmark = STORY


def test_the_explorer(console, visit):
    """One run; its sample answers as the controls change, and the whole file confirms; nothing is asked of outside."""
    visitor = visit()
    page = visitor.page()
    set_up(page, console)
    run = succeeded(page, console)
    page.goto(f"{console.address}/analytics?tab=explorer&run={run.run_id}")
    expect(page.get_by_role("heading", name="Explore the sample")).to_be_visible()
    expect(card(page, "Groups")).to_contain_text("1")
    explore(page, run)
    slide(page)
    confirm(page, run)
    another_run_starts_anew(page, console)
    assert visitor.outside() == set()


def succeeded(page: Page, console: Console) -> RunDirectory:
    """One click, and the run that has succeeded."""
    run_id = launch(page)
    expect_status(page, "success")
    return RunDirectory(console.home, run_id)


def card(page: Page, name: str):
    """The explorer's card of that name: the last one, for the run's own cards stand above."""
    return page.locator(".etl-card", has=page.get_by_text(name, exact=True)).last


def explore(page: Page, run: RunDirectory) -> None:
    """By quantity there are many groups; a filter leaves one; the sample is all that was looked at."""
    choose(page, "Work out", "Number of rows")
    expect(page.get_by_role("combobox", name="Of the column")).to_be_disabled()
    choose(page, "Group by", "quantity")
    expect(card(page, "Groups")).not_to_contain_text(re.compile(r"^Groups1\b"))
    page.get_by_role("button", name="Add a filter").click()
    expect(page.get_by_role("combobox", name="Filter column")).to_be_visible()
    choose(page, "Filter column", "quantity")
    # At once, whether the controls are still those of the column before or not.
    choose(page, "Filter condition", "is")
    value = page.get_by_role("spinbutton", name="Filter value")
    value.fill("1")
    value.press("Enter")
    expect(card(page, "Groups").locator("dd").first).to_have_text("1")
    sampled = run.metadata().analytics.sample_rows
    expect(card(page, "Sampled rows")).to_contain_text(f"{sampled:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"))
    expect(card(page, "Answered in")).to_contain_text("ms")


def slide(page: Page) -> None:
    """Down to the smallest fraction fewer rows are looked at, and at the other end the whole sample is back.

    One step would not do: a sample that holds a least number of rows of each group is the same for many fractions.
    """
    settled(page)
    rows = card(page, "Sampled rows").locator("dd").first
    before = rows.inner_text()
    slider = page.get_by_role("slider", name="Fraction of all rows")
    slider.focus()
    slider.press("Home")
    expect(rows).not_to_have_text(before)
    settled(page)
    slider.press("End")
    expect(rows).to_have_text(before)
    settled(page)


def confirm(page: Page, run: RunDirectory) -> None:
    """Both answers stand side by side, and the run's file remembers what was found."""
    page.get_by_role("button", name="Confirm exactly").click()
    expect(page.get_by_role("heading", name="Both answers")).to_be_visible()
    expect(card(page, "From the whole file")).to_contain_text("ms")
    line = json.loads(run.file(FILE).read_text().splitlines()[-1])
    assert [group["value"] for group in line["groups"]] == ["1"]
    assert line["groups"][0]["exact"] > 1000
    expect(card(page, "Intervals that held")).to_contain_text(re.compile(r"[01] of 1"))
    expect(page.get_by_text(re.compile("Confirmed so far, over all runs: 1 interval in 1 question"))).to_be_visible()


def another_run_starts_anew(page: Page, console: Console) -> None:
    """A second run of the same file: no filter is left over, and its own file is there to confirm with."""
    second = succeeded(page, console)
    page.goto(f"{console.address}/analytics?tab=explorer&run={second.run_id}")
    expect(page.get_by_role("button", name="Confirm exactly")).to_be_enabled()
    expect(page.get_by_role("combobox", name="Filter column")).to_have_count(0)
