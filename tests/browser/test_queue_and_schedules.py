"""The queue and the schedules in a real browser: order, limit, a schedule from its first letter to a run of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from console import jobs, presets, schedules, settings, users
from console.database import transaction
from etl_batch.config import RunConfig
from etl_batch.model import RunStatus
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, STEP_MILLISECONDS, STORY, Console, expect_status, launch, set_up
from tests.waiting import until

pytestmark = STORY


def button(page: Page, what: str, run_id: str) -> None:
    """Press a button of a waiting run."""
    # The first: while the list is drawn anew, the old button may stand beside the new one.
    page.locator(f".st-key-queue-{what}-{run_id}").get_by_role("button").first.click()


def in_line(page: Page, run_ids: list[str]) -> None:
    """The page comes to show exactly these runs as waiting, in this order."""
    rows = page.locator(".etl-headline", has_text=re.compile(r"\d in line"))
    expect(rows.locator("code")).to_have_text(run_ids)


def test_the_queue(console: Console, visit, halting):
    """Three runs wait behind one that works; one is moved, one is cancelled, the rest run in the order shown."""
    page = visit().page()
    set_up(page, console)
    home = console.home
    halted = halting()
    first = launch(page)
    halted.wait_for(first)
    try:
        waiting = [launch(page) for _ in range(3)]
        page.goto(console.address)  # anew: on the way from Live, which shows the queue too, both would be there
        in_line(page, waiting)
        expect(page.get_by_text("Runs start in this order, 1 at a time. Under way now: 1.")).to_be_visible()
        button(page, "front", waiting[2])
        in_line(page, [waiting[2], waiting[0], waiting[1]])
        button(page, "down", waiting[0])
        in_line(page, [waiting[2], waiting[1], waiting[0]])
        button(page, "cancel", waiting[1])
        in_line(page, [waiting[2], waiting[0]])
        expect(page.get_by_text(f"Run {waiting[1]} was taken off the queue; nothing was started.")).to_be_visible()
        cancelled = RunDirectory(home, waiting[1])
        assert (cancelled.status(), cancelled.launched()) == (RunStatus.CANCELLED, False)
        settings.put(home, "runs_per_hour", 2)
        page.get_by_role("link", name="Launch", exact=True).click()
        page.get_by_role("button", name="Launch run").click()
        sentence = re.compile(f"{NAME} has started 3 runs within the hour, the limit is 2; wait \\d+ seconds")
        expect(page.get_by_text(sentence)).to_be_visible()
        settings.put(home, "runs_per_hour", 0)
    finally:
        halted.go_on()
    order = [first, waiting[2], waiting[0]]
    until(lambda: all(RunDirectory(home, run_id).final() for run_id in order))
    records = [RunDirectory(home, run_id).metadata() for run_id in order]
    assert [record.status for record in records] == [RunStatus.SUCCESS] * 3
    starts = [record.started_at for record in records]
    assert starts == sorted(starts)
    page.goto(f"{console.address}/live?run={waiting[1]}")
    expect_status(page, "cancelled")
    moves = AuditLog(home).search(action="queue.move")
    assert [(record["user"], record["target"]) for record in moves] == [(NAME, waiting[0]), (NAME, waiting[2])]


@pytest.fixture
def tokyo(browser: Browser) -> Iterator[Page]:
    """A page of a browser whose clock is Tokyo's."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Asia/Tokyo")
    context.set_default_timeout(STEP_MILLISECONDS)
    yield context.new_page()
    context.close()


def test_a_schedule(console: Console, tokyo: Page):
    """Its words and times are shown before it is saved; it runs now, rests, and starts a run of its own when due."""
    page = tokyo
    set_up(page, console)
    home = console.home
    config = RunConfig(
        inputs=(str(home / "data" / "sales_dirty.csv"),), output_csv=home / "output" / "all.csv", home=home
    )
    presets.save(home, "sales", config, users.find(home, NAME))
    page.get_by_role("link", name="Schedules", exact=True).click()
    page.get_by_label("Name", exact=True).fill("nightly")
    cron = page.get_by_label("Cron expression", exact=True)
    cron.fill("99 2 * * *")
    cron.press("Enter")
    expect(page.get_by_text("the minute is wrong")).to_be_visible()
    expect(page.get_by_role("button", name="Save schedule")).to_be_disabled()
    cron.fill("30 2 * * 1-5")
    cron.press("Enter")
    expect(page.get_by_text("At 02:30 on Monday through Friday, Asia/Tokyo time.")).to_be_visible()
    expect(page.locator(".etl-pairs dt", has_text=", 02:30")).to_have_count(5)
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("nightly is saved.")).to_be_visible()
    schedule = schedules.find(home, "nightly")
    assert (schedule.cron, schedule.zone, schedule.preset) == ("30 2 * * 1-5", "Asia/Tokyo", "sales")

    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text(re.compile(r"Run \S+ is on the queue\."))).to_be_visible()
    by_hand = schedules.find(home, "nightly").last_run
    until(lambda: RunDirectory(home, by_hand).final() and not jobs.list_queue(home))
    assert RunDirectory(home, by_hand).final() is RunStatus.SUCCESS
    expect(page.locator(".etl-pairs dd", has_text=": success")).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".etl-badge").first).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".etl-badge").first).to_have_text("active")

    with transaction(home) as connection:
        connection.execute("UPDATE schedules SET next_at = ? WHERE name = 'nightly'", (time.time() - 1,))
    until(lambda: schedules.find(home, "nightly").last_run != by_hand)
    by_itself = schedules.find(home, "nightly").last_run
    until(lambda: RunDirectory(home, by_itself).final())
    assert RunDirectory(home, by_itself).final() is RunStatus.SUCCESS
    assert RunDirectory(home, by_itself).config().user == NAME
    assert schedules.find(home, "nightly").next_at > time.time()
    page.mouse.move(0, 0)  # the help of a button would cover the link
    link = page.get_by_role("link", name="See the last run")
    expect(link).to_have_attribute("href", f"runs?run={by_itself}")
    link.click()
    page.wait_for_url("**/runs?run=*")

    page.get_by_role("link", name="Schedules", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete this schedule").click()
    expect(page.get_by_text("nightly was deleted.")).to_be_visible()
    assert schedules.list_schedules(home) == []
