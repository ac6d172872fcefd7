"""The console's routes as everybody: who is answered, who is refused, and what the audit log has of it."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import sessions, users, web
from console.actions import BY_NAME
from console.gate import Gate
from console.users import Role
from etl_batch.security.audit import AuditLog

SITE = "http://console.test"
OPEN = {"/login", "/login.css", "/setup", "/reset", "/session", "/healthz"}
"""Routes that need no role."""
ACTIONS = {
    "/logout": "session.sign_out",
    "/reports/{run_id}": "report.read",
    "/files/{run_id}/{name}": "file.download",
    "/backups/{run_id}/{name}": "backup.download",
    "/rejects/{run_id}/filtered.jsonl": "rejects.download",
    "/upload": "file.upload",
    "/audit/export": "audit.export",
    "/metrics": "metrics.read",
}


@pytest.fixture
def client(home) -> TestClient:
    """A browser in front of the gate and the routes."""
    routes = web.routes(home)
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(app, base_url=SITE, follow_redirects=False, headers={"Origin": SITE})


def test_every_route_is_here(home):
    """A new route stands among the open ones or has its action."""
    assert {route.path for route in web.routes(home)} == OPEN | ACTIONS.keys()


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
        expected.append((str(role), name, {"place": path}))
    found = [(each["user"], each["target"], each["detail"]) for each in AuditLog(home).search(action="refused")]
    assert found[::-1] == expected
    assert bool(expected) is (role is not Role.SUPER_ADMIN)


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
    assert (refused["user"], refused["target"], refused["detail"]) == ("other", "metrics.read", {"place": "/metrics"})
