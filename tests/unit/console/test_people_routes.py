"""The routes of the people room: the one-time link's page, the question of an open page, and the audit export."""

from __future__ import annotations

import csv
import io
import json
import re
import time

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import devices, links, sessions, users, web
from console.database import transaction
from console.gate import Gate
from console.users import Role
from etl_batch.security.audit import AuditLog
from etl_batch.security.escaping import unescape

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
SITE = "http://console.test"


@pytest.fixture
def client(home, people) -> TestClient:
    """A browser in front of the gate and the routes."""
    routes = web.routes(home)
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(app, base_url=SITE, follow_redirects=False, headers={"Origin": SITE, "Accept": "text/html"})


def as_role(home, people, role: Role) -> dict[str, str]:
    """The cookie of a role's session."""
    return {sessions.COOKIE: sessions.start(home, people[role], "here")}


def send(client, token: str, password: str, repeated: str | None = None):
    """The reset form, filled in and sent."""
    page = client.get("/reset", params={"token": token})
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    form = {"csrf": csrf[1] if csrf else "", "token": token, "password": password}
    return client.post("/reset", data={**form, "repeated": password if repeated is None else repeated})


def test_a_link_leads_to_a_password_and_in(client, home):
    """The page names the account, the form sets the password, its holder is signed in, and the link is dead then."""
    link = links.create(home, "viewer", "test")
    page = client.get(link.path)
    assert page.status_code == 200
    assert "<strong>viewer</strong>" in page.text
    assert "script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    answer = send(client, link.token, OTHER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/session").json() == {"user": "viewer", "role": "viewer"}
    assert client.get(link.path).status_code == 403
    assert send(client, link.token, PASSWORD).status_code == 403


@pytest.mark.parametrize(
    ("password", "repeated", "words"),
    [
        (OTHER, "other", "two passwords differ"),
        ("short", None, "at least 10"),
        ("password12", None, "very common password"),
        ("viewerviewer", None, "would be guessed soon"),
        ("x" * 129, None, "129 characters"),
    ],
)
def test_what_the_form_refuses(client, home, people, password, repeated, words):
    """The reason is said in the page, and the link is still good."""
    link = links.create(home, "viewer", "test")
    answer = send(client, link.token, password, repeated)
    assert answer.status_code == 400
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert links.holder(home, link.token) == "viewer"


@pytest.mark.parametrize("token", ["", "guess", "\x00", "ü" * 100])
def test_other_tokens_open_nothing(client, token):
    """Whatever else stands in the address is refused in words, without a session."""
    answer = client.get("/reset", params={"token": token})
    assert answer.status_code == 403
    assert "Ask a super_admin" in answer.text


def test_a_form_of_another_browser_is_refused(client, home):
    """Without the form's own token nothing happens."""
    link = links.create(home, "viewer", "test")
    form = {"csrf": "0" * 64, "token": link.token, "password": OTHER, "repeated": OTHER}
    assert client.post("/reset", data=form).status_code == 400
    assert links.holder(home, link.token) == "viewer"


def test_an_open_page_hears_of_its_end(client, home, people):
    """Who is signed in, by name and role; another role at once; nobody when the session has ended."""
    assert client.get("/session").status_code == 401
    client.cookies.update(as_role(home, people, Role.VIEWER))
    assert client.get("/session").json() == {"user": "viewer", "role": "viewer"}
    users.set_role(home, "viewer", Role.OPERATOR, "test")
    assert client.get("/session").json()["role"] == "operator"
    users.disable(home, "viewer", "test")
    assert client.get("/session").status_code == 401


@pytest.fixture
def told(home):
    """Records with everything that is hard in a spreadsheet."""
    log = AuditLog(home)
    log.append(user="=cmd()", action="note", target='+1,"two"\nlines', detail={"a": "ü", "b": [1, None]})
    for number in range(5):
        log.append(user="ann", action="note", target=f"t{number}", outcome="ok" if number % 2 else "refused")
    return log


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR])
def test_the_export_is_for_super_admins(client, home, people, told, role):
    """Anybody else is refused, and one whose role does not suffice is recorded."""
    if role is not None:
        client.cookies.update(as_role(home, people, role))
    answer = client.get("/audit/export", headers={"Accept": "*/*"})
    assert answer.status_code == (401 if role is None else 403)
    assert "cmd" not in answer.text
    refused = AuditLog(home).search(action="refused")
    assert [(record["target"], record["detail"]) for record in refused] == (
        [] if role is None else [("audit.export", {"place": "/audit/export", "address": "testclient"})]
    )


def test_export_as_json_lines(client, home, people, told):
    """The log's own lines, oldest first, those that fit; the export stands on the log with its search."""
    client.cookies.update(as_role(home, people, Role.SUPER_ADMIN))
    answer = client.get("/audit/export", params={"format": "jsonl", "user": "ann", "outcome": "refused"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert re.search(r'attachment; filename="audit-\w+\.jsonl"', answer.headers["content-disposition"])
    log = told.files.log.read_bytes().splitlines(keepends=True)
    lines = answer.content.splitlines(keepends=True)
    assert [json.loads(line)["target"] for line in lines] == ["t0", "t2", "t4"]
    assert set(lines) < set(log)
    whole = client.get("/audit/export").content
    assert whole == told.files.log.read_bytes()
    record = AuditLog(home).tail(2)[1]
    assert (record["user"], record["action"], record["target"]) == ("super_admin", "audit.export", "jsonl")
    assert record["detail"] == {"search": {"user": "ann", "outcome": "refused"}, "address": "testclient"}


def test_export_as_csv(client, home, people, told):
    """Every cell comes back as it was, and none begins as a formula."""
    client.cookies.update(as_role(home, people, Role.SUPER_ADMIN))
    answer = client.get("/audit/export", params={"format": "csv", "text": "t"})
    names, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert names == ["seq", "ts", "user", "action", "target", "outcome", "detail"]
    assert not any(cell[:1] in tuple("=+-@\t\r\n") for row in rows for cell in row)
    (evil,) = [row for row in rows if "cmd" in row[2]]
    assert (unescape(evil[2]), unescape(evil[4])) == ("=cmd()", '+1,"two"\nlines')
    assert json.loads(evil[6]) == {"a": "ü", "b": [1, None]}


def test_a_form_of_export_that_is_none(client, home, people):
    """Said in words."""
    client.cookies.update(as_role(home, people, Role.SUPER_ADMIN))
    answer = client.get("/audit/export", params={"format": "xlsx"})
    assert answer.status_code == 400
    assert "jsonl or csv" in answer.text


def test_downloads_are_recorded(client, home, people):
    """Who took an output, a report, the rejects, the sample or another file of a run is on the log, and from where."""
    from etl_batch.runs.record.directory import RunDirectory

    run = RunDirectory(home, "20260101T000000Z-abc123").create()
    output = home / "output" / "out.csv"
    output.write_text("a,b\n1,2\n")
    facts = {"path": str(output), "bytes": output.stat().st_size, "rows": 1, "sha256": "0" * 64}
    run.write("metadata.json", {"status": "success", "outputs": {"csv": facts}})
    for path in (run.file("rejects.jsonl"), run.file("sample.parquet"), run.report):
        path.write_text("{}\n")
    client.cookies.update(as_role(home, people, Role.VIEWER))
    names = ("out.csv", "rejects.jsonl", "sample.parquet", "metadata.json", run.report.name)
    addresses = [f"/files/{run.run_id}/{name}" for name in names]
    for address in [*addresses, f"/reports/{run.run_id}", f"/rejects/{run.run_id}/filtered.jsonl"]:
        assert client.head(address).status_code in (200, 405)
        assert client.get(address, headers={"Range": "bytes=1-3"}).status_code in (200, 206)
        assert client.get(address).status_code == 200
    records = AuditLog(home).search(action="download")
    assert {(each["user"], each["target"]) for each in records} == {
        ("viewer", f"{run.run_id}/{name}") for name in names
    }
    assert [each["detail"] for each in records] == [{"address": "testclient"}] * len(names)


def test_signing_out_is_recorded_with_the_address(client, home, people):
    """Who came and who went, and from where."""
    client.cookies.update(as_role(home, people, Role.VIEWER))
    form = client.get("/logout").text
    token = re.search(r'name="csrf" value="([^"]+)"', form)
    assert token is not None
    answer = client.post("/logout", data={"csrf": token[1]}, follow_redirects=False)
    assert answer.status_code == 303
    (record,) = AuditLog(home).search(action="logout")
    assert (record["user"], record["detail"]) == ("viewer", {"address": "testclient"})


def test_asking_is_no_use_of_the_session(client, home, people):
    """The question of an open page leaves the session's last use where it was; any other request moves it."""
    begin = time.time() - 11 * 3600
    client.cookies.update({sessions.COOKIE: sessions.start(home, people[Role.VIEWER], "here", begin)})
    for path, used in (("/session", False), ("/logout", True)):
        assert client.get(path).status_code == 200
        (found,) = sessions.open_sessions(home, "viewer")
        assert (found.seen_at > begin) is used


def test_an_export_takes_a_proof(client, home, people):
    """Ten minutes after the sign-in the download is refused with the words that say what to do."""
    client.cookies.update(as_role(home, people, Role.SUPER_ADMIN))
    assert client.get("/audit/export").status_code == 200
    with transaction(home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 600")
    answer = client.get("/audit/export")
    assert answer.status_code == 403
    assert "first show that it is you" in answer.text


def test_a_new_browser_is_news_to_the_others(client, home, people):
    """The first browser of an account is none; another one is told to it, until it has been seen."""
    seen = []
    for agent in ("first", "second"):
        client.cookies.clear()
        page = client.get("/login")
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]
        form = {"csrf": csrf, "name": "viewer", "password": PASSWORD}
        assert client.post("/login", data=form, headers={"User-Agent": agent}).status_code == 303
        seen.append(client.cookies[devices.COOKIE])
    news = [[each.agent for each in devices.list_devices(home, "viewer", cookie) if each.news] for cookie in seen]
    assert news == [["second"], ["second"]]
    assert [each.here for each in devices.list_devices(home, "viewer", seen[1])] == [True, False]
    devices.seen(home, "viewer", seen[1])
    assert any(each.news for each in devices.list_devices(home, "viewer"))
    devices.seen(home, "viewer", seen[0])
    assert not any(each.news for each in devices.list_devices(home, "viewer"))
    assert AuditLog(home).tail(1)[0]["detail"] == {"address": "testclient", "browser": "new"}
