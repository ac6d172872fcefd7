"""A console on a full disk, at its start and while it serves: it says what it cannot do, and loses nothing."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from etl_batch.defaults import PROJECT_ROOT
from tests.clients import plain_browser
from tests.waiting import PATIENCE_SECONDS

PASSWORD = "nine-long-words-and-77-swans"
SIZES = [0, 3000, 20_000, 60_000]
"""Bytes that a file may have: what is behind them is refused, SQLite's writes too."""


@pytest.mark.parametrize("size", SIZES)
def test_a_fresh_home_on_a_full_disk(fresh: Path, size: int) -> None:
    """Exit 5 and one sentence; with room again the console starts as if nothing had been."""
    full = console(fresh, size)
    out, err = full.communicate(timeout=PATIENCE_SECONDS)
    assert (full.returncode, len(err.splitlines())) == (5, 1), err
    assert str(fresh) in err or "File too large" in err
    assert "rollback" not in err
    assert "setup?token" not in out
    again = console(fresh, resource.RLIM_INFINITY)
    try:
        assert again.stdout is not None
        assert "Quantum ETL console: " in again.stdout.readline()
        assert "setup?token" in again.stdout.readline()
    finally:
        again.kill()
        again.communicate()


def test_a_console_whose_disk_is_full_for_a_while(fresh: Path) -> None:
    """The first account, a sign-in, a page and an upload are refused in words, and done when there is room again."""
    process = console(fresh, resource.RLIM_INFINITY)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().partition("console: ")[2].strip()
        setup = process.stdout.readline().partition(address)[2].strip()
        account = {"name": "owner", "password": PASSWORD, "repeated": PASSWORD}
        with plain_browser(base_url=address, headers={"origin": address}) as browser:
            filled = {**hidden_fields(browser.get(setup)), **account}
            refused(process, lambda: browser.post("/setup", data=filled))
            assert browser.post("/setup", data=filled).status_code == 303
            browser.cookies.clear()
            filled = {**hidden_fields(browser.get("/login")), **account}
            refused(process, lambda: browser.post("/login", data=filled))
            assert browser.post("/login", data=filled).headers["location"] == "/"
            refused(process, lambda: browser.post("/upload", content=b"a,b\n1,2\n"))
            assert browser.get("/account").status_code == 200
    finally:
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    # What the threads of the console say when they look just then: the same, each in a line.
    assert [line for line in err.splitlines() if "Free the disk" not in line] == []


def hidden_fields(page: httpx.Response) -> dict[str, str]:
    """What a form sends back."""
    return dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page.text))


def refused(process: subprocess.Popen[str], ask: Callable[[], httpx.Response]) -> None:
    """What is asked while no file of the console takes a byte is answered in words."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        answer = ask()
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert answer.status_code == 503
    assert "Free the disk" in answer.text
    assert "Traceback" not in answer.text


def console(home: Path, size: int) -> subprocess.Popen[str]:
    """A console whose files may be so large."""
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "
    return subprocess.Popen(
        [sys.executable, "-c", limited.format(size) + "runpy.run_path('app.py', run_name='__main__')"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "ETL_HOME": str(home), "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
