"""The console's routes as everybody: who is answered, who is refused, and what the audit log has of it."""

from __future__ import annotations

import re
from itertools import product

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import addresses, sessions, users, web
from console.actions import BY_NAME
from console.gate import Gate
from console.users import Role
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog

SITE = "https://console.test"
OPEN = {"/login", "/login/code", "/login.css", "/setup", "/reset", "/session", "/healthz",
        "/login/passkey", "/login/code/passkey", "/login/code/passkey/new", "/passkey.js",
        "/login/oidc", "/login/oidc/callback", "/login/oidc/done"}  # fmt: skip
"""Routes that need no role."""
SCREENS = addresses.PAGES
"""The page that a screen is drawn into, the same at each: the script that draws it asks for the role."""
ACTIONS = {
    "/logout": "session.sign_out",
    "/reports/{run_id}": "report.read",
    "/files/{run_id}/{name}": "file.download",
    "/backups/{run_id}/{name}": "backup.download",
    "/rejects/{run_id}/filtered.jsonl": "rejects.download",
    "/upload": "file.upload",
    "/audit/export": "audit.export",
    "/account/passkey": "account.passkey.add",
    "/account/proof": "session.prove",
    "/metrics": "metrics.read",
}


@pytest.fixture
def client(home) -> TestClient:
    """A browser in front of the gate and the routes."""
    routes = web.routes(home)
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(app, base_url=SITE, follow_redirects=False, headers={"Origin": SITE})


def test_every_route_is_here(home):
    """A new route stands among the open ones, is a screen's or has its action."""
    assert {route.path for route in web.routes(home)} == OPEN | SCREENS | ACTIONS.keys()


@pytest.mark.parametrize("role", list(Role))
def test_every_route_as_every_role(client, home, people, role):
    """A role that suffices is answered, any other gets 403 in words and a record with the action and the route."""
    client.cookies.set(sessions.COOKIE, sessions.start(home, people[role], "here"))
    expected = []
    for path, name in ACTIONS.items():
        action = BY_NAME[name]
        answer = client.get(re.sub(r"\{\w+\}", "none", path))
        if role.allows(action.role):
            assert answer.status_code in (200, 404), path
            continue
        assert answer.status_code == 403
        assert answer.json() == {"error": action.refusal(people[role]), "kind": "forbidden"}
        expected.append((str(role), name, {"place": path, "address": "testclient"}))
    found = [(each["user"], each["target"], each["detail"]) for each in AuditLog(home).search(action="refused")]
    assert found[::-1] == expected
    assert bool(expected) is (role is not Role.SUPER_ADMIN)


@pytest.mark.parametrize("who", ["super_admin", "viewer", "nobody"])
def test_head_is_answered_as_get(client, home, people, who):
    """HEAD has the status of GET on every route, without its body, and leaves no record of something sent."""
    if who != "nobody":
        client.cookies.set(sessions.COOKIE, sessions.start(home, people[Role(who)], "here"))
    for route in web.routes(home):
        path = re.sub(r"\{\w+\}", "none", route.path)
        before = AuditLog(home).search()
        head = client.head(path)
        assert head.content == b""
        # A refusal is noted whoever asks in whatever way.
        assert [each for each in AuditLog(home).search() if each["action"] != "refused"] == [
            each for each in before if each["action"] != "refused"
        ]
        assert head.status_code == client.get(path).status_code, path


RUN = "20260101T000000Z-abc123"
ODD = [
    "a" * 300,
    "a" * 5000,
    "%00",
    "a%00b",
    "%2e%2e",
    "..%2f..%2fetc",
    "%ff",
    "%ed%a0%80",
    "%0a",
    "%5c..%5c",
    ".hidden",
    "%20",
]


@pytest.mark.parametrize("route", [path for path in ACTIONS if "{" in path])
def test_what_cannot_be_is_not_there(client, home, people, route):
    """Run ids and names that no file can have are not found, in whichever part of an address they stand."""
    client.cookies.set(sessions.COOKIE, sessions.start(home, people[Role.SUPER_ADMIN], "here"))
    RunDirectory(home, RUN).create()
    for name, odd in product(("run_id", "name"), ODD):
        path = route.replace(f"{{{name}}}", odd).replace("{run_id}", RUN).replace("{name}", "out.csv")
        assert client.get(path).status_code == client.head(path).status_code == 404, path


@pytest.mark.parametrize(
    "referer", ["http://[", "", "http://console.test/upload", "https://evil.example//evil.example/"]
)
def test_an_upload_leads_back_to_this_site(client, home, people, referer):
    """To the page that the form stood on, whatever is said of it."""
    client.cookies.set(sessions.COOKIE, sessions.start(home, people[Role.SUPER_ADMIN], "here"))
    headers = {"Referer": referer, "Accept": "text/html"}
    answer = client.post("/upload", files={"file": ("a.csv", b"a,b\n1,2\n")}, headers=headers)
    assert answer.status_code == 303
    assert re.match(r"/(launch)?\?input=upload-", answer.headers["location"])


def test_a_flood_of_sign_ins_is_told_to_come_again(client, home, people, monkeypatch):
    """When many wait for their passwords to be checked, whoever comes is not made to wait as well."""
    monkeypatch.setattr(web, "CHECKS_WAITING", 0)
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)[1]
    answer = client.post("/login", data={"csrf": token, "name": "viewer", "password": "correct horse battery"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert "Too many people sign in at once" in answer.text


def test_an_upload_by_a_viewer_is_refused_before_it_is_read(client, home, people):
    """POST asks as GET does, and nothing reaches the disk."""
    client.cookies.set(sessions.COOKIE, sessions.start(home, people[Role.VIEWER], "here"))
    assert client.post("/upload", files={"file": ("a.csv", b"a,b\n1,2\n")}).status_code == 403
    assert list((home / "data").iterdir()) == []
    assert [each["target"] for each in AuditLog(home).search(action="refused")] == ["file.upload"]


@pytest.mark.parametrize("who", ["nobody", "disabled"])
def test_nobody_leaves_no_record(client, home, people, who):
    """Without a session that is good no route with an action answers, and strangers cannot fill the log."""
    if who == "disabled":
        client.cookies.set(sessions.COOKIE, sessions.start(home, people[Role.OPERATOR], "here"))
        users.disable(home, "operator", "test")
    for path in ACTIONS:
        assert client.get(re.sub(r"\{\w+\}", "none", path)).status_code in (303, 401), path
    assert AuditLog(home).search(action="refused") == []


def test_the_routes_ask_without_the_gate_as_well(home):
    """A hole in the gate opens nothing: no route serves nobody."""
    bare = TestClient(Starlette(routes=web.routes(home)), base_url=SITE)
    for path in ACTIONS:
        assert bare.get(re.sub(r"\{\w+\}", "none", path)).status_code == (401 if path == "/metrics" else 403), path
    assert AuditLog(home).search(action="refused") == []


def test_a_demotion_counts_at_the_next_request(client, home, people):
    """The session stays, its role is the database's."""
    other = users.create(home, "other", Role.SUPER_ADMIN, "correct horse battery", by="test")
    client.cookies.set(sessions.COOKIE, sessions.start(home, other, "here"))
    assert client.get("/metrics").status_code == 200
    users.set_role(home, "other", Role.VIEWER, "test")
    assert client.get("/metrics").status_code == 403
    (refused,) = AuditLog(home).search(action="refused")
    assert (refused["user"], refused["target"]) == ("other", "metrics.read")
    assert refused["detail"] == {"place": "/metrics", "address": "testclient"}
