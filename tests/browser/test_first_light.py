"""First light: from the setup link to the downloaded file in a real browser, and whatever happens to that browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from etl_batch.runs.history.index import run_ids
from etl_batch.runs.processes import tree
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import (
    NAME,
    STORY,
    digest,
    expect_charts,
    expect_status,
    launch,
    set_up,
    settled,
    sign_in,
)
from tests.waiting import until

pytestmark = STORY

SCREENS = ("", "launch", "live", "runs", "report", "analytics", "audit")


def test_first_light(console, visit):
    """One click runs the demo data; report, analytics, audit and download are there; nothing leaves the machine."""
    visitor = visit()
    page = visitor.page()
    set_up(page, console)
    run_id = launch(page)
    expect_status(page, "success")
    read_report(page, run_id)
    page.get_by_role("link", name="Analytics").click()
    expect_charts(page)
    expect(page.get_by_text("nothing here runs on a quantum computer")).to_be_visible()
    page.get_by_role("link", name="Audit").click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator(".etl-notice")).to_contain_text("The log is whole.")
    page.goto(f"{console.address}/live?run={run_id}")
    assert downloaded(page, "sales.csv") == digest(console.home / "output" / "sales.csv")
    assert downloaded(page, "sales.parquet") == digest(console.home / "output" / "sales.parquet")
    assert visitor.addresses
    assert visitor.outside() == set()


def read_report(page: Page, run_id: str) -> None:
    """The report stands in the page, in a frame that cannot reach it."""
    page.get_by_role("link", name="Read the report").click()
    frame = page.frame_locator("[data-testid=stIFrame]")
    expect(frame.get_by_role("heading", name=run_id)).to_be_visible()
    expect(frame.get_by_text("357\N{NARROW NO-BREAK SPACE}142").first).to_be_visible()
    reached = page.locator("[data-testid=stIFrame]").evaluate(
        "frame => { try { return frame.contentDocument !== null } catch { return false } }"
    )
    assert reached is False


def downloaded(page: Page, name: str) -> str:
    """SHA-256 of what a click on the link brings."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    assert download.value.suggested_filename == name
    return digest(Path(download.value.path()))


def test_a_closed_browser_loses_nothing(console, visit, halting):
    """The browser is closed in the middle of a run; another one signs in, finds the run, and sees it end."""
    first = visit()
    page = first.page()
    set_up(page, console)
    halted = halting()
    run_id = launch(page)
    halted.wait_for(run_id)
    first.context.close()
    second = visit().page()
    sign_in(second, console, "/live")
    expect_status(second, "running")
    expect(second.locator("code", has_text=run_id)).to_be_visible()
    expect(second.locator("[aria-current=step]")).to_be_visible()
    halted.go_on()
    expect_status(second, "success")
    expect(second.get_by_role("link", name="sales.csv", exact=True)).to_be_visible()


def test_cancel_from_the_page(console, visit, halting):
    """The button stops the run, the page gives the proof, and the outputs of the run before stand as they were."""
    page = visit().page()
    set_up(page, console)
    launch(page)
    expect_status(page, "success")
    before = digest(console.home / "output" / "sales.csv")
    halted = halting()
    run_id = launch(page)
    halted.wait_for(run_id)
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    until(lambda: AuditLog(console.home).search(action="run.cancel"))
    halted.go_on()
    expect_status(page, "cancelled")
    expect(page.get_by_text("Processes left: none")).to_be_visible()
    expect(page.get_by_text("outputs intact")).to_be_visible()
    assert digest(console.home / "output" / "sales.csv") == before
    assert tree.run_processes(RunDirectory(console.home, run_id)) == []
    assert AuditLog(console.home).search(action="run.cancel")[0]["user"] == NAME


def test_upload_and_narrow_screens(console, visit):
    """A file goes up through the form in the page and is picked; no screen scrolls sideways on a telephone."""
    page = visit(390, 844).page()
    set_up(page, console)
    page.goto(f"{console.address}/launch")
    page.get_by_text("Upload a file").click()
    page.locator("#etl-upload-file").set_input_files(
        {"name": "ärger.csv", "mimeType": "text/csv", "buffer": b"city,value\n" + b"Paris,1\nRome,2\n" * 50}
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("**/launch?input=upload-*")
    page.get_by_role("button", name="Launch run").click()
    expect_status(page, "success")
    run_id = run_ids(console.home)[0]
    assert RunDirectory(console.home, run_id).metadata().counts.written == 100
    for screen in SCREENS:
        page.goto(f"{console.address}/{screen}")
        expect(page.locator("h1")).to_be_visible()
        settled(page)
        page.wait_for_function(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth <= m.clientWidth }"
        )
