"""History in a real browser: run again with one knob changed, compare, find, read an old report, clean up."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, STORY, Console, expect_status, launch, launched, set_up, settled
from tests.histories import make_run

pytestmark = STORY


def test_the_history(console, visit):
    """A run is repeated with another fraction; both know each other, are compared and found, and old runs go."""
    old = [make_run(console.home, number) for number in range(0, 21, 7)]
    page = visit().page()
    set_up(page, console)
    first = launch(page)
    expect_status(page, "success")
    second = run_again(page, console, first)
    look_at_relatives(page, console, first, second)
    compare(page, console, first, second)
    find(page, console, first, second)
    read_an_old_report(page, console, first, old[0])
    clean_up(page, console, old)
    assert second in run_ids(console.home), "the newest run of an output stays"


def run_again(page: Page, console: Console, run_id: str) -> str:
    """From the run's details to Launch, another fraction, and its success."""
    page.goto(f"{console.address}/runs?run={run_id}")
    page.get_by_role("link", name="Run again with changes").click()
    page.wait_for_url(f"**/launch?from={run_id}")
    fraction = page.get_by_role("spinbutton", name="Sample fraction")
    expect(fraction).to_be_visible()
    settled(page)
    fraction.fill("0.05")
    fraction.press("Enter")
    expect(page.get_by_text("--sample-frac 0.05")).to_be_attached()
    settled(page)
    page.get_by_role("button", name="Launch run").click()
    again = launched(page)
    expect_status(page, "success")
    assert again != run_id
    assert RunDirectory(console.home, again).metadata().config.sample_frac == 0.05
    return again


def look_at_relatives(page: Page, console: Console, first: str, second: str) -> None:
    """The new run leads to the one it repeats, and that one back."""
    page.goto(f"{console.address}/runs?run={second}")
    page.get_by_role("link", name=f"Repeats run {first}").click()
    expect(page.locator(".etl-headline code")).to_have_text(first)
    page.get_by_role("link", name=f"Repeated by {second} (success)").click()
    expect(page.locator(".etl-headline code")).to_have_text(second)


def compare(page: Page, console: Console, first: str, second: str) -> None:
    """Two ticks and a click: the changed setting is the only line of the first table, and the link can be shared."""
    page.goto(f"{console.address}/runs")
    both = page.get_by_role("button", name="Compare the two")
    page.get_by_role("checkbox", name=f"Compare run {second}").check()
    expect(both).to_be_hidden()
    page.get_by_role("checkbox", name=f"Compare run {first}").check()
    both.click()
    page.wait_for_url(re.compile(f"compare={first}(,|%2C){second}"))
    expect_comparison(page)
    page.goto(page.url)
    expect_comparison(page)
    page.get_by_role("link", name="Back to the runs").click()
    expect(page.get_by_role("heading", name="Two runs side by side")).to_have_count(0)


def expect_comparison(page: Page) -> None:
    """What differs comes first: one setting; the totals are the same within their intervals; the equal is folded."""
    expect(page.get_by_role("heading", name="Two runs side by side")).to_be_visible()
    settings = page.locator(".etl-compare").first
    expect(settings.locator("tbody tr")).to_have_count(1)
    expect(settings.locator("tbody tr")).to_contain_text("Sample fraction")
    expect(settings.locator("tbody td")).to_have_text(["0.005", "0.05"])
    headings = page.locator(".etl-section h2", has_text=re.compile("^(Settings|Totals|Time and memory)$"))
    expect(headings).to_have_text(["Settings", "Totals", "Time and memory"])
    expect(page.get_by_text("exact totals are the same").first).to_be_visible()
    expect(page.get_by_text("exact totals differ")).to_have_count(0)
    expect(page.get_by_text("What is the same")).to_be_visible()


def find(page: Page, console: Console, first: str, second: str) -> None:
    """A search and a state narrow the table, the address carries both, and clearing brings everything back."""
    page.goto(f"{console.address}/runs")
    # Asked for by its whole text: while the page is drawn anew, the old line may stand beside the new one.
    all_runs, one_run = (page.get_by_text(f"1 to {text}, newest first.") for text in ("5 of 5 runs", "1 of 1 run"))
    expect(all_runs).to_be_visible()
    search = page.get_by_role("textbox", name="Search", exact=True)
    search.fill(f"{first[-6:]} {NAME}")
    search.press("Enter")
    expect(one_run).to_be_visible()
    expect(page.locator(".etl-runs tbody code")).to_have_text([first])
    page.wait_for_url(re.compile("text="))
    page.goto(page.url)
    expect(one_run).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(all_runs).to_be_visible()
    page.goto(f"{console.address}/runs?status=failed")
    expect(page.get_by_text("No run fits these filters")).to_be_visible()
    page.goto(f"{console.address}/runs?until=2025-12-31&user=bob")
    expect(one_run).to_be_visible()
    page.goto(f"{console.address}/runs?run={second}")
    expect(page.locator(".etl-headline code")).to_have_text(second)


def read_an_old_report(page: Page, console: Console, first: str, old: str) -> None:
    """Reports are found by their run, and the one in the address stands in the page, in its own frame."""
    page.goto(f"{console.address}/report?run={old}")
    expect(page.frame_locator("[data-testid=stIFrame]").get_by_role("heading", name=old)).to_be_visible()
    page.get_by_text("All reports (5)").click()
    expect(page.get_by_text("1 to 5 of 5 reports")).to_be_visible()
    search = page.get_by_role("textbox", name="Search", exact=True)
    search.fill(first)
    search.press("Enter")
    expect(page.get_by_text("1 to 1 of 1 report,")).to_be_visible()
    expect(page.frame_locator("[data-testid=stIFrame]").get_by_role("heading", name=first)).to_be_visible()
    expect(page.get_by_role("link", name="Open in a tab of its own")).to_have_attribute("href", f"/reports/{first}")


def clean_up(page: Page, console: Console, old: list[str]) -> None:
    """What would go is listed and still there; after the tick and the click exactly that is gone."""
    before = run_ids(console.home)
    page.goto(f"{console.address}/runs")
    expect(page.get_by_text("1 to 5 of 5 runs")).to_be_visible()
    settled(page)
    page.get_by_text("Clean up", exact=True).click()
    days = page.get_by_role("spinbutton", name="Keep runs for (days)")
    days.fill("30")
    days.press("Enter")
    settled(page)
    page.get_by_role("button", name="Show what would be deleted").click()
    expect(page.get_by_text("2 runs, 2 reports and 0 backups would be deleted")).to_be_visible()
    assert run_ids(console.home) == before
    delete = page.get_by_role("button", name="Delete 4 items")
    expect(delete).to_be_disabled()
    page.get_by_text("Yes, delete what is listed here").click()
    expect(delete).to_be_enabled()
    delete.click()
    expect(page.get_by_text("4 items deleted")).to_be_visible()
    expect(page.get_by_text("1 to 3 of 3 runs")).to_be_visible()
    assert run_ids(console.home) == [name for name in before if name not in old[:2]]
    assert [RunDirectory(console.home, name).report.exists() for name in old] == [False, False, True]
    assert AuditLog(console.home).search(action="history.prune")[0]["user"] == NAME
