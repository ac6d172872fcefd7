"""Runs in a real browser: rows that lead to their run wherever they are clicked, names, and filters that fold away."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from playwright.sync_api import Page, expect

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_csv
from etl_batch.runs.history.index import run_ids
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, STORY, Console, set_up, settled

pytestmark = STORY

STORED, ORIGINAL = "upload-20260101T000000Z-abc123.csv", "Städte & mehr.csv"


def run_an_upload(console: Console) -> tuple[str, str]:
    """A run of an upload that failed, and one that succeeded after it; their ids, the newer first."""
    source = console.home / "data" / STORED
    write_sales_csv(source, 2000, seed=1, dirt=True)
    source.with_name(f".{STORED}.json").write_text(json.dumps({"original_name": ORIGINAL}))
    engine = [sys.executable, str(PROJECT_ROOT / "etl_batch" / "etl_core.py"), "--home", str(console.home), "--quiet"]
    command = [*engine, "-i", str(source), "-o", str(console.home / "output" / "towns.csv"), "--user", "edgar"]
    assert subprocess.run([*command, "--max-rejects", "0"], cwd=PROJECT_ROOT, check=False).returncode == 4
    assert subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode == 0
    newer, older = run_ids(console.home)
    return newer, older


def test_runs_and_home(console, visit):
    """A failure is read without opening it, opened by a click beside every link, and acknowledged on Home."""
    good, bad = run_an_upload(console)
    page = visit().page()
    set_up(page, console)
    the_list(page, console, good, bad)
    home(page, console, good, bad)
    telephone = visit(390, 844).page()
    set_up(telephone, console)
    on_a_telephone(telephone, console, bad)


def row_of(page: Page, run_id: str):
    """A run's row."""
    return page.get_by_role("row").filter(has_text=run_id)


def the_list(page: Page, console: Console, good: str, bad: str) -> None:
    """Pills, names, moments, who started it, whole errors; each part of a row leads to the run."""
    page.goto(f"{console.address}/runs")
    failure = row_of(page, bad)
    expect(failure.locator(".etl-badge")).to_have_text("failed")
    expect(failure.get_by_role("rowheader")).to_contain_text(ORIGINAL)
    expect(failure).to_contain_text(re.compile("records were rejected.*raise the limit", re.DOTALL))
    expect(failure).to_contain_text("nothing published")
    expect(failure).to_contain_text("edgar, command line")
    expect(failure.locator("time")).to_have_attribute("title", re.compile(r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
    expect(failure.locator("time")).to_have_text(re.compile("just now|min ago"))
    for part in (".etl-badge", ".etl-error", ".etl-number >> nth=-1", "time"):
        page.goto(f"{console.address}/runs")
        box = row_of(page, bad).locator(part)
        expect(box).to_be_visible()
        settled(page)
        place = box.bounding_box()
        assert place is not None
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.wait_for_url(f"**/runs?run={bad}")
        expect(page.locator(".etl-headline code")).to_have_text(bad)
    page.get_by_role("link", name="All runs").click()
    search = page.get_by_role("textbox", name="Search", exact=True)
    search.fill("städte success")
    search.press("Enter")
    expect(page.locator(".etl-runs tbody code")).to_have_text([good])


def home(page: Page, console: Console, good: str, bad: str) -> None:
    """The bars are links; what failed needs somebody until it is acknowledged, in any browser."""
    page.goto(console.address)
    bars = page.locator(".etl-run-bars").get_by_role("link")
    expect(bars).to_have_count(2)
    expect(bars.last).to_have_attribute("href", f"/runs?run={good}")
    expect(page.locator(".etl-runs tbody code")).to_have_text([good, bad])
    settled(page)
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.get_by_role("heading", name="Needs you")).to_have_count(0)
    (record,) = AuditLog(console.home).search(action="needs.acknowledge")
    assert (record["user"], record["detail"]["runs"]) == (NAME, [bad])
    bars.first.click()
    page.wait_for_url(f"**/runs?run={bad}")


def on_a_telephone(page: Page, console: Console, bad: str) -> None:
    """The filters are one line that says what is set, and open; nothing is wider than the screen."""
    page.goto(f"{console.address}/runs?status=failed")
    line, field = page.get_by_text("Filters: failed"), page.get_by_role("textbox", name="Search", exact=True)
    expect(line).to_be_visible()
    expect(row_of(page, bad)).to_be_visible()
    expect(field).to_be_hidden()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    line.click()
    expect(field).to_be_visible()
    line.click()
    expect(field).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(field).to_be_visible()
    expect(line).to_be_hidden()
