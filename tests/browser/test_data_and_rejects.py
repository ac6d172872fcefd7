"""Data and rejects in a real browser: look inside, find, check, download, restore, and a record to its bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from etl_batch.datasets.listing import backups, find_output
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, STORY, Console, choose, digest, set_up, settled

pytestmark = STORY
ROWS = 200_000


def engine(console: Console, text: str) -> str:
    """One run over a text, as the command line does it; returns its id."""
    source = console.home / "data" / "quoted.csv"
    source.write_text(text)
    command = [sys.executable, "etl_batch/etl_core.py", "-i", str(source), "-o", str(console.home / "output" / "q.csv")]
    environment = {**os.environ, "ETL_HOME": str(console.home)}
    done = subprocess.run(
        [*command, "--quiet", "--json"], cwd=PROJECT_ROOT, env=environment, check=True, capture_output=True
    )
    return str(json.loads(done.stdout)["run_id"])


def downloaded(page: Page, link: str) -> Path:
    """What a click on a link brings."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    return Path(download.value.path())


def pick(page: Page, label: str, option: str) -> None:
    """Pick the option of a box that holds these words."""
    choose(page, label, option, exact=False)
    settled(page)


def test_data_and_rejects(console, visit):
    """Two runs to one output: pages and searches in it, the older one back in its place, and the rejects of both."""
    first = engine(console, "id,text\n" + "".join(f'{n},"one, two\nof {n}"\n' for n in range(ROWS)) + "7,8,9\n" * 120)
    second = engine(console, "id,text\n1,new\n2,new\n\xff,8,9\n")
    assert set(run_ids(console.home)) == {first, second}
    output = console.home / "output" / "q.csv"
    (backup,) = backups(find_output(console.home, output))
    older, newer = digest(backup.path), digest(output)
    visitor = visit()
    page = visitor.page()
    set_up(page, console)
    restore_the_older(console, page, first, second, backup.path, older)
    assert (digest(output), newer in map(digest, output.parent.glob("q.csv.bak.*"))) == (older, True)
    look_inside(page)
    look_at_rejects(console, page, first)
    assert visitor.outside() == set()


def restore_the_older(console: Console, page: Page, first: str, second: str, backup: Path, older: str) -> None:
    """The screen names the newer run, the download is the backup to the byte, and two steps bring it back."""
    page.goto(f"{console.address}/data")
    facts = page.locator(".etl-pairs")
    expect(facts).to_contain_text(second)
    assert digest(downloaded(page, backup.name)) == older
    page.get_by_role("button", name="Restore this backup").click()
    confirmation = page.locator(".etl-notice", has_text="Please confirm:")
    expect(confirmation).to_contain_text(f"{backup.name} goes back to output/q.csv")
    expect(confirmation).to_contain_text("q.parquet.bak.")
    page.get_by_role("button", name="Yes, restore").click()
    expect(page.locator(".etl-notice", has_text="Restored. q.csv is")).to_be_visible()
    expect(facts).to_contain_text(first)
    expect(page.get_by_text(f"every byte is as run {first} wrote it")).to_be_visible()
    assert AuditLog(console.home).search(action="data.restore")[0]["user"] == NAME


def look_inside(page: Page) -> None:
    """A page deep inside is the right one, and a condition finds its row."""
    expect(page.get_by_text("Rows 1 to 100 of 200\N{NARROW NO-BREAK SPACE}000.")).to_be_visible()
    row = page.get_by_role("spinbutton", name="From row")
    row.fill("150001")
    row.press("Enter")
    shown = "Rows 150\N{NARROW NO-BREAK SPACE}001 to 150\N{NARROW NO-BREAK SPACE}100"
    expect(page.get_by_text(shown)).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]").nth(1)).to_contain_text("150000")
    page.get_by_text("Find rows").click()
    pick(page, "Column", "text")
    page.get_by_role("textbox", name="Value").fill("of 123456")
    page.get_by_role("textbox", name="Value").press("Enter")
    settled(page)
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("Found 1 row.")).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]").nth(2)).to_contain_text("123456")


def look_at_rejects(console: Console, page: Page, run_id: str) -> None:
    """By reason, page by page, with the bytes of one record and those around it, and the filtered download."""
    page.goto(f"{console.address}/rejects?run={run_id}")
    ((reason, number),) = RunDirectory(console.home, run_id).metadata().rejects_by_reason.items()
    assert number == 120
    expect(page.locator(".etl-pairs").first).to_contain_text(reason.replace("_", " "))
    expect(page.get_by_text("1 to 50 of 120")).to_be_visible()
    page.get_by_role("button", name="Last page").click()
    expect(page.get_by_text("101 to 120 of 120")).to_be_visible()
    pick(page, "Reason", reason.replace("_", " "))
    expect(page.get_by_text("1 to 50 of 120")).to_be_visible()
    expect(page.locator(".etl-dump").first).to_contain_text("37 2c 38 2c 39")
    expect(page.locator(".etl-dump").first).to_contain_text("7,8,9")
    # The source was written again by the second run's input, so what stood around the record is gone.
    expect(page.get_by_text("was changed or replaced since the run has read it")).to_be_visible()
    lines = downloaded(page, "Download those that fit").read_bytes()
    assert lines == RunDirectory(console.home, run_id).file("rejects.jsonl").read_bytes()
