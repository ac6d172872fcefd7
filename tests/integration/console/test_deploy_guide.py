"""docs/deploy.md: its crontab line, its service, its units and its backup are taken from the page and really run."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from console import __main__ as command
from console import schedules, users
from console.users import Role
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.runs.history.index import list_runs
from etl_batch.security.audit import AuditLog

PAGE = (PROJECT_ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
CRON_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "HOME": "/", "LOGNAME": "etl"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one input."""
    for name in ("data", "output", "report", ".secrets"):
        (tmp_path / "home" / name).mkdir(parents=True)
    (tmp_path / "home" / ".secrets").chmod(0o700)
    (tmp_path / "home" / "data" / "in.csv").write_text("city,value\n" + "Paris,1\nRome,2\n" * 50)
    return tmp_path / "home"


def placed(text: str, home: Path) -> str:
    """Text of the page with its example paths replaced by real ones."""
    text = text.replace("/opt/quantum-etl/.venv/bin/python", sys.executable).replace(
        "/opt/quantum-etl", str(PROJECT_ROOT)
    )
    return text.replace("/srv/etl", str(home)).replace("/mnt/backup", str(home.parent / "backup"))


def files(language: str) -> dict[str, str]:
    """The blocks of a language that begin with the name of their file."""
    blocks = re.findall(rf"^```{language}\n# (/\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return {Path(name).name: text for name, text in blocks}


def command_of(unit: str) -> str:
    """What a service starts."""
    return re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1]


def test_the_crontab_line_runs(home):
    """Under cron's bare environment the line makes a run that succeeds and shows in the history."""
    line = re.search(r"^```crontab\n(.*?)\n```", PAGE, re.DOTALL | re.MULTILINE)[1]
    assert "\n" not in line
    assert "%" not in line  # cron would take it for a line break
    *when, command = line.split(maxsplit=5)
    assert when == ["30", "2", "*", "*", "*"]
    answer = subprocess.run(
        ["/bin/sh", "-c", placed(command, home)], env=CRON_ENVIRONMENT, cwd="/", capture_output=True, check=False
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, b"", b"")
    (row,) = list_runs(home)
    assert (row.status, row.user, row.written) == ("success", "nightly", 100)
    assert (home / "output" / "nightly.csv").read_text().count("\n") == 101


def test_the_timers_service_starts_the_same_run():
    """The systemd service and the crontab line give the engine the same arguments."""
    service = command_of(files("ini")["etl-nightly.service"])
    assert service.endswith("--quiet")
    assert f"{service} >>" in PAGE


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("name", ["quantum-etl.service", "etl-nightly.service", "etl-nightly.timer"])
def test_the_units_are_valid(home, tmp_path, name):
    """systemd itself finds nothing wrong with a unit of the page."""
    units = files("ini")
    for unit, text in units.items():
        (tmp_path / unit).write_text(placed(text, home).replace("User=etl", "User=root"))
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in answer.stderr.splitlines() if str(tmp_path) in line or name in line]
    assert complaints == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_timer_comes_when_it_says():
    """The calendar line is one that systemd understands, in the zone that the page names."""
    calendar = re.search(r"^OnCalendar=(.*)$", files("ini")["etl-nightly.timer"], re.MULTILINE)[1]
    answer = subprocess.run(["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=True)
    assert "Normalized form: *-*-* 02:30:00 Europe/Berlin" in answer.stdout


def test_the_backup_is_whole(home):
    """The script of the page copies a database in use and the audit log, and both are good in the copy."""
    users.create(home, "ada", Role.SUPER_ADMIN, "correct horse battery", "test")
    script = placed(files("sh")["etl-backup"], home)
    subprocess.run(["/bin/sh", "-c", script], cwd="/", capture_output=True, check=True)
    (copy,) = (home.parent / "backup").iterdir()
    assert copy.stat().st_mode & 0o077 == 0
    restored = home.parent / "restored"
    restored.mkdir()
    subprocess.run(["tar", "-C", str(restored), "-xf", str(copy / "home.tar")], check=True)
    shutil.copy(copy / "console.db", restored / ".secrets")
    with sqlite3.connect(restored / ".secrets" / "console.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [user.name for user in users.list_users(restored)] == ["ada"]
    assert AuditLog(restored).verify().ok


def test_the_command_is_the_page_s(home, monkeypatch, capsys):
    """The `etl schedule add` line of the page adds the schedule."""
    users.create(home, "ada", Role.SUPER_ADMIN, "correct horse battery", "test")
    line = re.search(r"^etl schedule (add nightly .*)$", PAGE, re.MULTILINE)[1]
    monkeypatch.chdir(home)
    monkeypatch.setenv("ETL_HOME", str(home))
    assert command.main(["schedules", *shlex.split(line)]) == 0
    assert schedules.find(home, "nightly").zone == "Europe/Berlin"
    assert "At 02:30 every day" in capsys.readouterr().out
