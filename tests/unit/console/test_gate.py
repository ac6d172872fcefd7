"""The gate by itself: what reaches the app behind it, and what does not."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import anyio
import pytest
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from console import sessions, users
from console.database import database_path
from console.gate import Gate
from console.users import Role

ROUTES = [Route(path, endpoint=str) for path in ("/x", "/healthz")]


class Behind:
    """The app behind the gate: notes what reaches it and answers it."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, str, str | None]] = []

    async def __call__(self, scope, _receive, send) -> None:
        """Note the kind, the path and the user of a connection."""
        if scope["type"] == "lifespan":
            self.reached.append(("lifespan", "", None))
            await send({"type": "lifespan.startup.complete"})
            return
        user = scope["state"]["user"]
        self.reached.append((scope["type"], scope["path"], user and user.name))
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"DENY")]})
            await send({"type": "http.response.body", "body": b"behind"})


@pytest.fixture
def behind() -> Behind:
    """The app behind the gate."""
    return Behind()


@pytest.fixture
def client(home, behind) -> TestClient:
    """A client in front of the gate."""
    return TestClient(Gate(behind, home, ROUTES), base_url="http://console.test", follow_redirects=False)


@pytest.fixture
def cookie(home, people) -> dict[str, str]:
    """The header that a viewer's browser sends."""
    return {"Cookie": f"other=1; {sessions.COOKIE}={sessions.start(home, people[Role.VIEWER], 'here')}; more=2"}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 303),
        ("/anything", {"Cookie": f"{sessions.COOKIE}=x"}, 303),
        ("/anything", {"Sec-Fetch-Mode": "cors"}, 401),
        ("/_stcore/stream", {}, 401),
        ("/_stcore/stream", {"Cookie": f"{sessions.COOKIE}=x"}, 401),
        ("/_stcore/stream", {"Accept": "text/html"}, 303),
        ("/_stcore/stream", {"Sec-Fetch-Mode": "navigate"}, 303),
    ],
)
def test_nothing_gets_behind_without_a_session(client, behind, path, headers, status):
    """Without a session the app behind is not even asked: pages lead to the sign-in form, all else is refused."""
    assert client.get(path, headers=headers).status_code == status
    assert behind.reached == []


def test_who_it_is_goes_along(client, behind, cookie):
    """With a session the request goes on and carries its user; open pages carry nobody."""
    assert client.get("/x", headers=cookie).text == "behind"
    client.get("/healthz")
    assert behind.reached == [("http", "/x", "viewer"), ("http", "/healthz", None)]


def test_headers_of_the_app_behind_win(client, cookie):
    """The gate adds headers that are missing and leaves a stricter one alone."""
    headers = client.get("/x", headers=cookie).headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (None, True),
        ("http://console.test", True),
        ("https://console.test", True),
        ("HTTP://CONSOLE.TEST", True),
        ("http://console.test:81", False),
        ("http://console.test.evil.example", False),
        ("http://evil.example/console.test", False),
        ("http://console.test@evil.example", False),
        ("null", False),
        ("", False),
        ("console.test", False),
        ("http://[", False),
    ],
)
def test_only_this_site_opens_a_websocket_or_posts(client, behind, cookie, origin, passes):
    """A foreign origin is refused before the app behind hears of it, session or not."""
    headers = cookie if origin is None else {**cookie, "Origin": origin}
    assert client.post("/x", headers=headers).status_code == (200 if passes else 403)
    if passes:
        with client.websocket_connect("ws://console.test/_stcore/stream", headers=headers):
            pass
        assert behind.reached == [("http", "/x", "viewer"), ("websocket", "/_stcore/stream", "viewer")]
    else:
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("ws://console.test/_stcore/stream", headers=headers),
        ):
            pass
        assert behind.reached == []


@pytest.mark.parametrize(
    ("method", "path", "passes"),
    [
        ("GET", "/", True),
        ("HEAD", "/launch", True),
        ("POST", "/launch", False),
        ("GET", "/launch/", False),
        ("GET", "/unknown", False),
        ("PUT", "/x", True),
        ("GET", "/_stcore/health", True),
        ("GET", "/_stcore/host-config", True),
        ("GET", "/_stcore/stream", False),
        ("GET", "/_stcore/metrics", False),
        ("GET", "/_stcore/script-health-check", False),
        ("GET", "/_stcore/agent/openapi.json", False),
        ("POST", "/_stcore/agent/mcp", False),
        ("PUT", "/_stcore/upload_file/a/b", False),
        ("DELETE", "/_stcore/upload_file/a/b", False),
        ("OPTIONS", "/_stcore/upload_file/a/b", False),
        ("GET", "/_stcore/upload_file/a/b", False),
        ("PUT", "/static/../_stcore/upload_file/a/b", False),
        ("GET", "/static/%2e%2e/_stcore/metrics", False),
        ("GET", "/static/..%5c_stcore/metrics", False),
        ("GET", "/static/js/index.js", True),
        ("POST", "/static/js/index.js", False),
        ("GET", "/media/0.png", True),
        ("GET", "/_stcore/bidi-components/upload/index.js", False),
        ("GET", "/component/other.frame/index.html", False),
        ("GET", "/auth/login", False),
        ("GET", "/oauth2callback", False),
        ("GET", "/media/%00", False),
    ],
)
def test_only_what_the_pages_need_is_let_through(client, behind, cookie, method, path, passes):
    """Whatever else the app behind might answer is not there, for whoever has signed in as well."""
    answer = client.request(method, path, headers=cookie)
    assert answer.status_code == (200 if passes else 404)
    assert bool(behind.reached) is passes


@pytest.mark.parametrize("path", ["/", "/x", "/_stcore/other", "/launch/_stcore/stream"])
def test_there_is_one_websocket(client, behind, cookie, path):
    """Any other handshake is refused."""
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"ws://console.test{path}", headers=cookie):
        pass
    assert behind.reached == []


def test_a_client_that_goes_away_is_no_fault(home, cookie):
    """What a route makes of a request that ends in its middle goes no further than the gate."""

    async def broken_off(_scope, _receive, _send) -> None:
        raise ClientDisconnect

    client = TestClient(Gate(broken_off, home, ROUTES), base_url="http://console.test")
    with pytest.raises(AssertionError, match="response"):
        client.get("/x", headers=cookie)


def test_reading_is_not_a_matter_of_origin(client, cookie):
    """A GET changes nothing, so a page elsewhere may link here; it cannot read the answer."""
    assert client.get("/x", headers={**cookie, "Origin": "http://evil.example"}).status_code == 200


def test_starting_and_stopping_pass(home, behind):
    """The server's own messages are none of the gate's business."""

    async def start() -> None:
        async def receive():
            return {"type": "lifespan.startup"}

        async def send(_message) -> None:
            return

        await Gate(behind, home, ROUTES)({"type": "lifespan"}, receive, send)

    anyio.run(start)
    assert behind.reached == [("lifespan", "", None)]


def test_without_its_database_nobody_passes(client, behind, cookie, home):
    """When sessions cannot be looked up the gate says so and stays shut."""
    for path in (home / ".secrets").glob("console.db*"):
        path.unlink()
    (home / ".secrets" / "console.db").write_bytes(b"no database " * 1000)
    answer = client.get("/x", headers=cookie)
    assert answer.status_code == 503
    assert "console.db cannot be used" in answer.text
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://console.test/_stcore/stream", headers=cookie),
    ):
        pass
    assert behind.reached == []


def test_another_role_is_another_token(client, cookie, home, people, behind):
    """The next page gives the browser a new token and takes the old one; what a page fetches and asks does not."""
    token = cookie["Cookie"].partition(f"{sessions.COOKIE}=")[2].partition(";")[0]
    users.set_role(home, "viewer", Role.OPERATOR, "test")
    for path, mode in (("/static/x.js", "no-cors"), ("/_stcore/health", "cors")):
        answer = client.get(path, headers={**cookie, "Sec-Fetch-Mode": mode})
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    answer = client.get("/runs", headers=cookie)
    fresh = re.search(rf"{sessions.COOKIE}=([^;]+);", answer.headers["set-cookie"])[1]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert (sessions.look_up(home, token), sessions.look_up(home, fresh).user.role) == (None, Role.OPERATOR)
    assert client.get("/x", headers=cookie).status_code == 303
    again = client.get("/runs", headers={"Cookie": f"{sessions.COOKIE}={fresh}"})
    assert (again.status_code, "set-cookie" in again.headers) == (200, False)


def test_a_token_that_cannot_be_renewed_stays_good(client, cookie, home, people):
    """While the database cannot be written the page answers all the same, and the next one brings the new token."""
    users.set_role(home, "viewer", Role.OPERATOR, "test")
    with closing(sqlite3.connect(database_path(home), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = client.get("/runs", headers=cookie)
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert "set-cookie" in client.get("/runs", headers=cookie).headers
