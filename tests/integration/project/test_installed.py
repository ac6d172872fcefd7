"""What pip has installed works from any folder: its home is there and not among the packages."""

from __future__ import annotations

import ctypes
import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from supply.locks import ENGINE, RUN
from tests.installed import Environment, install, make_environment
from tests.support import make_home

TABS = """
from streamlit.testing.v1 import AppTest
from etl_batch.ui.shared import wording

APP = "from etl_batch.etl_integration_ui import etl_dashboard; etl_dashboard()"
for tab in wording.TABS.values():
    drawn = AppTest.from_string(APP, default_timeout=120)
    drawn.session_state["etl-tab"] = tab
    drawn.run()
    assert not drawn.exception, (tab, drawn.exception)
"""
HOMES = """
from etl_batch.defaults import default_home
from etl_batch.settings import setting
import console.doors, console.__main__, etl_batch.etl_integration_ui as dashboard
print(default_home(), setting("home").maker(), dashboard._home_of(None), console.doors.default_home(), sep="\\n")
"""
READ_ONLY, DAC_OVERRIDE, DROP = 0o555, 1, 24


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What the engine's lock brings, and no package of the project."""
    return make_environment(tmp_path_factory.mktemp("engine") / "env", ENGINE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The project, installed with all that it needs."""
    made = make_environment(tmp_path_factory.mktemp("installed") / "env", RUN)
    install(made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of somebody's, with an input in `data/`."""
    return make_home(tmp_path / "somewhere")


def test_the_engine_s_lock_is_enough(engine: Environment, folder: Path) -> None:
    """The command line runs and every tab of the dashboard draws; the console's libraries are not there."""
    home = {"ETL_HOME": str(folder), "PYTHONPATH": str(PROJECT_ROOT)}
    command = [engine.python, PROJECT_ROOT / "etl_batch" / "etl_core.py", "-i", "data", "-o", "output/x.csv", "--json"]
    done = engine.run(*command, folder=folder, **home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "success"
    drawn = engine.run(engine.python, "-c", TABS, folder=folder, **home)
    assert drawn.returncode == 0, drawn.stderr
    for name in ("bcrypt", "fido2", "pytest"):
        assert engine.run(engine.python, "-c", f"import {name}", folder=folder).returncode == 1
    told = engine.run(engine.python, "-m", "console", "users", "list", folder=folder, **home)
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)


def test_an_installed_package_is_at_home_where_it_is_called(installed: Environment, folder: Path) -> None:
    """`etl` reads and writes in the current folder and says so in one line; nothing is made among the packages."""
    done = installed.run("etl", "-i", "data", "-o", "output/x.csv", folder=folder)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "Home" in line] == [
        f"Home: {folder}, the current folder; --home or ETL_HOME names another one."
    ]
    assert (folder / "output" / "x.csv").stat().st_size
    assert (folder / "report" / "etl_quantum_report.html").is_file()
    assert not {"data", "output", "report", ".secrets"} & {path.name for path in installed.packages.iterdir()}


def test_a_home_that_was_chosen_is_not_told(installed: Environment, folder: Path, tmp_path: Path) -> None:
    """`ETL_HOME` and `--home` name another one, and then nothing is said of it."""
    for words, variables in (([], {"ETL_HOME": str(folder)}), (["--home", folder], {})):
        done = installed.run("etl", "runs", "list", *words, folder=tmp_path, **variables)
        assert (done.returncode, done.stdout, done.stderr) == (0, "No runs yet.\n", "")


def test_the_doors_agree_about_the_home(installed: Environment, folder: Path) -> None:
    """The command line, the dashboard and the console's commands take the same folder."""
    done = installed.run(installed.python, "-P", "-c", HOMES, folder=folder)
    assert done.stdout.splitlines() == [str(folder)] * 4, done.stderr
    listed = installed.run("etl", "schedule", "list", folder=folder)
    users = installed.run(installed.python, "-m", "console", "users", "list", folder=folder)
    assert [listed.returncode, users.returncode] == [0, 0]
    assert listed.stderr == users.stderr
    assert f"Home: {folder}," in users.stderr


def test_packages_that_nobody_may_write_to(installed: Environment, folder: Path) -> None:
    """A run needs to write in its home and in the user's cache alone."""
    own = [installed.packages / name for name in ("etl_batch", "console")]
    folders = [path for top in own for path in (top, *top.rglob("*")) if path.is_dir()]
    for kept in (installed.packages / "etl_batch" / "reporting").rglob("template-*.bin"):
        kept.unlink()  # of an earlier test, which was let write
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in folders}
    try:
        for path in folders:
            path.chmod(READ_ONLY)
        command = [installed.folder / "bin" / "etl", "-i", "data", "-o", "output/x.csv", "--json", "--quiet"]
        done = subprocess.run(
            command, cwd=folder, env=installed.variables, capture_output=True, text=True, preexec_fn=_bound_by_modes()
        )
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert done.returncode == 0, done.stderr
    assert (folder / "output" / "x.csv").is_file()
    assert list((installed.folder / "cache" / "quantum-etl").glob("template-*.bin"))


def _bound_by_modes() -> Callable[[], object] | None:
    """Root may write anywhere, unless it gives that right up before it becomes the command."""
    libc = ctypes.CDLL(None)
    return (lambda: libc.prctl(DROP, DAC_OVERRIDE, 0, 0, 0)) if os.geteuid() == 0 else None
