"""Downloads of backups and of rejects that fit a filter: which file a name stands for, and who may have it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console import downloads, sessions, web
from console.gate import Gate
from console.users import Role
from etl_batch.errors import InputRefused, UsageError
from etl_batch.model import Reject
from etl_batch.runs.record.directory import RunDirectory, utc_now
from tests.records import json_of

STAMP = "20260101T000000.000000Z"
CONTENT = b"id,value\n" + b"1,2\n" * 50_000
KINDS = (("/d/a.csv", "field_count", None), ("/d/a.csv", "invalid_text", "x"), ("/d/ä &.csv", "field_count", "x"))
LINES = [
    json.dumps(Reject(source, 1, 1, reason, field, "", "").to_json(), ensure_ascii=False).encode()
    for source, reason, field in KINDS
]


@pytest.fixture
def backup(home) -> Path:
    """A run with an output that has a backup, and rejects."""
    run = RunDirectory(home, "r1").create()
    output = home / "output" / "it's [1]*.csv"
    output.write_text("new")
    facts = {"path": str(output), "bytes": 3, "rows": 0, "sha256": "f" * 64}
    moment = utc_now()
    run.write(
        "metadata.json",
        {"status": "success", "started_at": moment, "finished_at": moment, "outputs": {"csv": facts}},
    )
    run.file("rejects.jsonl").write_bytes(b"".join(line + b"\n" for line in LINES))
    path = output.with_name(f"{output.name}.bak.{STAMP}")
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def browser(home, people):
    """Requests in the name of a role, through the gate and the routes."""
    app = Gate(Starlette(routes=web.routes(home)), home, web.routes(home))

    def of(role: Role | None) -> TestClient:
        client = TestClient(app, base_url="http://127.0.0.1")
        if role is not None:
            client.cookies.set(sessions.COOKIE, sessions.start(home, people[role], "test"))
        return client

    return of


def test_a_backup_is_found_by_its_name(home, backup):
    """The exact name of a backup of the run's output, and nothing that only looks like one."""
    assert downloads.locate_backup(home, "r1", backup.name).path == backup
    output = backup.name.removesuffix(f".bak.{STAMP}")
    (backup.parent / f"{output}.bak.notes").write_text("mine")
    (backup.parent / f"other.csv.bak.{STAMP}").write_text("other")
    for name in (f"{output}.bak.notes", f"other.csv.bak.{STAMP}", output, "", "..", f"../{backup.name}", "a\0"):
        with pytest.raises(InputRefused, match="no backup"):
            downloads.locate_backup(home, "r1", name)
    with pytest.raises(UsageError, match="runs list"):
        downloads.locate_backup(home, "ghost", backup.name)


def test_a_link_in_the_place_of_a_backup_is_refused(home, backup):
    """What leads elsewhere is no backup, and an output outside the roots has none."""
    backup.unlink()
    backup.symlink_to("/etc/passwd")
    with pytest.raises(InputRefused, match="no backup"):
        downloads.locate_backup(home, "r1", backup.name)
    run = RunDirectory(home, "r1")
    run.write("metadata.json", {"status": "success", "outputs": {"csv": {"path": "/etc/x.csv", "bytes": 1}}})
    with pytest.raises(InputRefused, match="Path traversal"):
        downloads.locate_backup(home, "r1", f"x.csv.bak.{STAMP}")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_downloads_a_backup_whole_and_in_parts(browser, backup, role):
    """The bytes are the file's, a range is the range, and a known tag costs nothing."""
    client = browser(role)
    address = f"/backups/r1/{backup.name.replace('*', '%2A')}"
    whole = client.get(address)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["content-length"] == str(len(CONTENT))
    assert "attachment" in whole.headers["content-disposition"]
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, CONTENT[100:200])
    assert client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert client.get("/backups/r1/nothing").status_code == 404


def test_nobody_downloads_nothing(browser, backup):
    """Without a session neither backups nor rejects are served."""
    client = browser(None)
    assert client.get(f"/backups/r1/{backup.name}").status_code == 401
    assert client.get("/rejects/r1/filtered.jsonl").status_code == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2]),
        ("reason=field_count", [0, 2]),
        ("field=x", [1, 2]),
        ("field=", [0]),
        ("source=%2Fd%2F%C3%A4+%26.csv", [2]),
        ("reason=invalid_text&source=%2Fd%2Fa.csv&field=x", [1]),
        ("reason=other", []),
    ],
)
def test_filtered_rejects_are_the_lines_that_fit(browser, backup, query, expected):
    """Each line as it stands in the file."""
    answer = browser(Role.VIEWER).get(f"/rejects/r1/filtered.jsonl?{query}")
    assert answer.status_code == 200
    assert answer.content.splitlines() == [LINES[place] for place in expected]
    assert "rejects-r1.jsonl" in answer.headers["content-disposition"]


def test_rejects_that_are_not_there(browser, home, backup):
    """A run without the file, and no run at all, are told in words."""
    RunDirectory(home, "r1").file("rejects.jsonl").unlink()
    assert "has no rejects" in browser(Role.VIEWER).get("/rejects/r1/filtered.jsonl").json()["error"]
    assert browser(Role.VIEWER).get("/rejects/ghost/filtered.jsonl").status_code == 404


def test_a_restored_output_is_the_older_run_s(home, backup):
    """A file of the right length that another run wrote is not passed off as this run's."""
    first = json_of(RunDirectory(home, "r1"))
    output = Path(first["outputs"]["csv"]["path"])
    second = RunDirectory(home, "r2").create()
    later = output.stat().st_mtime + 3600
    os.utime(output, (later, later))
    moment = utc_now()
    second.write("metadata.json", {**first, "started_at": moment, "finished_at": "2999-01-01T00:00:00Z"})
    assert downloads.locate(home, "r2", output.name).path == output
    with pytest.raises(downloads.Replaced):
        downloads.locate(home, "r1", output.name)
