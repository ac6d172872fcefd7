"""The Live screen in a real browser: numbers that move, what a tick must not undo, and the ends a run can come to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from console import jobs, users
from etl_batch.config import RunConfig
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_demo
from etl_batch.model import RunStatus
from etl_batch.runs.processes import reconciliation, tree
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import (
    NAME,
    STORY,
    Console,
    Halting,
    Restartable,
    digest,
    expect_status,
    set_up,
    settled,
    sign_in,
)
from tests.waiting import until

pytestmark = [*STORY, pytest.mark.slow]

MEGABYTES = 150
CHUNK_BYTES = 10_000
"""So small that the run takes minutes on any machine; a run that must wait for the browser is halted besides."""
TICKS = 3


@pytest.fixture
def restartable(tmp_path: Path) -> Iterator[Restartable]:
    """A console over a home with enough data to watch; no engine is left behind."""
    home = tmp_path / "home"
    write_demo(home / "data", megabytes=MEGABYTES)
    console = Restartable(home)
    try:
        yield console
    finally:
        console.server.stop()
        for run_id in reconciliation.unfinished(home):
            for left in tree.run_processes(RunDirectory(home, run_id)):
                left.kill()


def enqueue(home: Path, **changes: object) -> RunDirectory:
    """Put a long run into the queue; the console starts it."""
    values = {"inputs": (str(home / "data" / "sales.bin"),), "output_csv": home / "output" / "sales.csv", "workers": 2}
    values |= {"home": home, "chunk_bytes": CHUNK_BYTES}
    user = users.find(home, NAME)
    assert user is not None
    return RunDirectory(home, jobs.enqueue(home, RunConfig(**values | changes), user))


def at_work(run: RunDirectory) -> list[psutil.Process]:
    """The run's processes, as soon as its workers are at their chunks."""
    until(lambda: (progress := run.progress()) and len(progress.worker_pids) >= 2)
    return tree.run_processes(run)


def halt(processes: list[psutil.Process]) -> None:
    """Stop the clock of a run, so that what the browser does happens in its middle."""
    for one in processes:
        one.suspend()


def go_on(processes: list[psutil.Process]) -> None:
    """Let a halted run go on."""
    for one in processes:
        one.resume()


def let_ticks_pass(page: Page) -> None:
    """Return when the page has drawn the run's time anew a few times."""
    elapsed = page.locator(".etl-card", has_text="Elapsed").locator("dd").first
    for _ in range(TICKS):
        expect(elapsed).not_to_have_text(elapsed.inner_text())


def test_watching_and_cancelling(restartable, visit):
    """Numbers move; a typed search, the log's page and the question survive ticks; the proof survives a reload."""
    home = restartable.home
    token = restartable.server.wait_for(r"(http://\S+/setup\?token=\S+)")
    page = visit().page()
    set_up(page, Console(home, restartable.address, token))
    (home / "output" / "sales.csv").write_text("an earlier output\n")
    before = digest(home / "output" / "sales.csv")
    run = enqueue(home)
    page.goto(f"{restartable.address}/live?run={run.run_id}")
    expect_status(page, "running")
    expect(page.locator("[aria-current=step]")).to_contain_text("Ingest")
    expect(page.locator(".etl-workers tbody tr")).to_have_count(2)
    expect(page.locator(".etl-meter progress")).to_have_count(3)  # processors, memory, and the time that it may take
    rows = page.locator(".etl-card", has_text="Written so far").locator("dd").first
    expect(rows).not_to_have_text("0")
    expect(rows).not_to_have_text(rows.inner_text())
    search = page.get_by_role("textbox", name="Search the log")
    search.press_sequentially("PARS", delay=50)
    let_ticks_pass(page)
    expect(search).to_have_value("PARS")
    search.press_sequentially("ING", delay=50)
    search.press("Enter")
    expect(page.locator(".etl-log mark")).to_have_text("Parsing")
    expect(page.locator(".etl-line")).to_have_count(1)
    page.get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("Stop this run?")).to_be_visible()
    let_ticks_pass(page)
    expect(page.get_by_text("Stop this run?")).to_be_visible()
    expect(search).to_have_value("PARSING")
    expect(page.locator(".etl-line")).to_have_count(1)
    processes = tree.run_processes(run)
    assert len(processes) >= 3
    page.get_by_role("button", name="Yes, cancel it").focus()
    page.keyboard.press("Enter")
    expect_status(page, "cancelled")
    for tab in (page, reloaded(page), second_browser(visit, restartable, run)):
        expect(tab.get_by_text("Processes left: none; unfinished files removed:")).to_be_visible()
        proof = tab.locator(".etl-pairs")
        expect(proof.first).to_contain_text("the process table was read again afterwards")
        expect(proof.first).to_contain_text(f".sales.csv.{run.run_id}.tmp")
        expect(proof.first).to_contain_text("as it was before the run")
        expect(proof.first).to_contain_text(f"by {NAME}")
    assert digest(home / "output" / "sales.csv") == before
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)
    assert [path.name for path in (home / "output").glob(".*.tmp")] == []


def reloaded(page: Page) -> Page:
    """The same tab, loaded again."""
    page.reload()
    return page


def second_browser(visit, console: Restartable, run: RunDirectory) -> Page:
    """Another person's browser at the same run."""
    page: Page = visit().page()
    sign_in(page, replace(Console(console.home, console.address, "")), f"/live?run={run.run_id}")
    return page


def test_runs_and_consoles_that_are_killed(restartable, visit):
    """A halted engine does not respond, a killed one says so on the open page, a killed console finds its run again."""
    home = restartable.home
    token = restartable.server.wait_for(r"(http://\S+/setup\?token=\S+)")
    page = visit().page()
    set_up(page, Console(home, restartable.address, token))
    doomed, waiting = enqueue(home), enqueue(home, chunk_bytes=16 << 20)
    page.goto(f"{restartable.address}/live?run={doomed.run_id}")
    expect_status(page, "running")
    processes = at_work(doomed)
    halt(processes)
    expect(page.get_by_text("Not responding since")).to_be_visible()
    expect(page.get_by_text("halted by a signal")).to_be_visible()
    expect_status(page, "running")
    page.get_by_role("combobox", name="Run to watch").click()
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Escape")
    go_on(processes)
    expect(page.get_by_text("Not responding since")).to_have_count(0)
    halting = Halting(home, waiting)  # it begins by itself now, and may be over before the browser is there
    os.killpg(os.getpgid(processes[0].pid), signal.SIGKILL)
    expect_status(page, "failed")
    expect(page.get_by_text("The engine was killed from outside by SIGKILL")).to_be_visible()
    halting.wait_for(waiting.run_id)
    page.goto(f"{restartable.address}/live?run={waiting.run_id}")
    expect_status(page, "running")
    restartable.kill_and_restart()
    page.goto(f"{restartable.address}/live?run={waiting.run_id}")
    expect_status(page, "running")
    assert waiting.status() is RunStatus.RUNNING
    halting.go_on()
    expect_status(page, "success")
    expect(page.get_by_text("What went wrong")).to_have_count(0)
    expect(page.get_by_role("link", name="run.log", exact=True).first).to_be_visible()


def test_resuming_what_was_killed(restartable, visit):
    """The button on Home, Live run and Runs; pressed in two browsers it makes one engine, and the same bytes."""
    home = restartable.home
    token = restartable.server.wait_for(r"(http://\S+/setup\?token=\S+)")
    page = visit().page()
    set_up(page, Console(home, restartable.address, token))
    run = enqueue(home, chunk_bytes=1 << 20)
    until(lambda: (progress := run.progress()) and progress.chunks_done >= 5)
    engine = run.engine()
    assert engine is not None
    engine.kill()
    page.goto(f"{restartable.address}/live?run={run.run_id}")
    expect_status(page, "failed")
    expect(page.get_by_text("The engine was killed from outside by SIGKILL")).to_be_visible()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible()
    other = second_browser(visit, restartable, run)
    second = other.get_by_role("button", name="Resume")
    expect(second).to_be_visible()
    for screen in ("", f"/runs?run={run.run_id}"):
        page.goto(f"{restartable.address}{screen}")
        expect(resume).to_be_visible()
    resume.click()
    expect(resume).to_have_count(0)
    second.click()
    expect(other.get_by_text("there is nothing to resume").or_(other.get_by_text("was not cut off"))).to_be_visible()
    page.goto(f"{restartable.address}/live?run={run.run_id}")
    expect_status(page, "success")
    expect(page.get_by_text("Tries before")).to_be_visible()
    expected = home / "output" / "expected.csv"
    command = [
        sys.executable,
        "etl_batch/etl_core.py",
        "run",
        "-i",
        str(home / "data" / "sales.bin"),
        "-o",
        str(expected),
    ]
    options = ["--no-parquet", "--chunk-bytes", str(1 << 20), "--quiet"]
    subprocess.run([*command, *options, "--home", str(home)], cwd=PROJECT_ROOT, check=True, stdout=subprocess.DEVNULL)
    assert digest(home / "output" / "sales.csv") == digest(expected)
    page.goto(restartable.address)
    expect(page.get_by_role("heading", name="Recent runs")).to_be_visible()
    settled(page)
    expect(page.get_by_role("heading", name="Needs you")).to_have_count(0)
    pressed = [each for each in AuditLog(home).search(action="run.resume") if "owner" in each["detail"]]
    assert [each["user"] for each in pressed] == [NAME]
