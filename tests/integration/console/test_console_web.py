"""The console as a real server: the gate, every route by role, downloads, uploads, sign-in and the first start."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from console import passwords, people, sessions, users
from console.database import transaction
from console.users import Role
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.runs.record.directory import RunDirectory, utc_now
from etl_batch.security.audit import AuditLog
from tests.clients import plain_browser
from tests.waiting import PATIENCE_SECONDS, until

PASSWORD = "correct horse battery"
METRICS_TOKEN = "a token for the monitoring"
RUN = "20260101T000000Z-abc123"
NOBODY = "nobody"
MEGABYTE = 1 << 20


@dataclass
class Console:
    """A running console, its home, and requests to it in the name of a role."""

    base: str
    home: Path
    printed: list[str]
    process: subprocess.Popen[str]
    tokens: dict[str, str]

    def headers(self, who: str) -> dict[str, str]:
        """The cookie of a role's session."""
        return {"Cookie": f"{sessions.COOKIE}={self.tokens[who]}"} if who in self.tokens else {}

    def ask(self, method: str, path: str, who: str = NOBODY, **more) -> httpx.Response:
        """One request; no redirect is followed."""
        headers = {**self.headers(who), **more.pop("headers", {})}
        return httpx.request(method, self.base + path, headers=headers, timeout=PATIENCE_SECONDS, **more)

    def stream(self, who: str, **headers: str):
        """The websocket that Streamlit's page opens."""
        address = self.base.replace("http", "ws") + "/_stcore/stream"
        return connect(address, additional_headers={**self.headers(who), **headers})


def start(home: Path) -> tuple[subprocess.Popen[str], list[str], threading.Thread]:
    """`python app.py` on a free port, the lines it prints, and the thread that reads them to the end."""
    environment = {**os.environ, "ETL_HOME": str(home), "PORT": "0", "ETL_METRICS_TOKEN": METRICS_TOKEN}
    command = [sys.executable, str(PROJECT_ROOT / "app.py")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    printed = [process.stdout.readline().strip()]
    reader = threading.Thread(target=lambda: printed.extend(line.strip() for line in process.stdout), daemon=True)
    reader.start()
    assert httpx.get(printed[0].split()[-1] + "/healthz", timeout=PATIENCE_SECONDS).status_code == 200
    return process, printed, reader


def stop(process: subprocess.Popen[str], reader: threading.Thread) -> None:
    """The way an operator stops it, and all it printed read."""
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_SECONDS)
    reader.join()


def setup_link(printed: list[str]) -> str:
    """The link of the first start."""
    until(lambda: any("/setup?token=" in line for line in printed))
    return next(line.split()[-1] for line in printed if "/setup?token=" in line)


def finished_run(home: Path) -> None:
    """A run with one output, a report, and a file of its own."""
    run = RunDirectory(home, RUN).create()
    output = home / "output" / "out.csv"
    output.write_bytes(b"id,value\n" + b"1,2\n" * 1000)
    facts = {"path": str(output), "bytes": output.stat().st_size, "rows": 1000}
    facts["sha256"] = hashlib.sha256(output.read_bytes()).hexdigest()
    run.write("config.json", {"user": "operator", "inputs": ["x"]})
    run.write("metadata.json", {"status": "success", "finished_at": utc_now(), "outputs": {"csv": facts}})
    run.file("rejects.jsonl").write_text('{"a": 1}\n')
    run.report.write_text("<h1>A report</h1><script>steal()</script>")


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A console with a user of each role and one finished run."""
    home = tmp_path_factory.mktemp("console") / "home"
    process, printed, reader = start(home)
    base = re.search(r"http://\S+", printed[0]).group()
    passwords.BCRYPT_COST, cost = 4, passwords.BCRYPT_COST
    people = {role: users.create(home, str(role), role, PASSWORD, "test") for role in (Role.VIEWER, Role.OPERATOR)}
    passwords.BCRYPT_COST = cost
    tokens = {str(role): sessions.start(home, user, "test") for role, user in people.items()}
    finished_run(home)
    console = Console(base, home, printed, process, tokens)
    first_start(console)
    yield console
    stop(process, reader)


def first_start(console: Console) -> None:
    """Create the first super_admin through the printed link, as a person would."""
    link = setup_link(console.printed)
    with plain_browser() as browser:
        page = browser.get(link)
        form = {"csrf": csrf(page), "token": link.split("token=")[1], "name": "super_admin"}
        form |= {"password": PASSWORD, "repeated": PASSWORD}
        answer = browser.post(console.base + "/setup", data=form, headers={"Origin": console.base})
        assert answer.status_code == 303
        console.tokens["super_admin"] = browser.cookies[sessions.COOKIE]


def csrf(page: httpx.Response) -> str:
    """The hidden token of a page's form."""
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text).group(1)


def test_the_first_lines_say_where_to_go(console):
    """The address and the setup link are each on a line of its own."""
    assert console.printed[0] == f"Quantum ETL console: {console.base}"
    assert re.fullmatch(r"First start, .*: http://127\.0\.0\.1:\d+/setup\?token=[\w-]{43}", console.printed[1])


def test_the_setup_link_works_once(console):
    """After the first super_admin exists the printed link opens nothing and creates nobody."""
    link = setup_link(console.printed)
    assert httpx.get(link, timeout=PATIENCE_SECONDS).status_code == 403
    form = {"token": link.split("token=")[1], "name": "second", "password": PASSWORD, "repeated": PASSWORD}
    assert console.ask("POST", "/setup", data=form).status_code == 403
    assert users.find(console.home, "second") is None


def test_a_restart_prints_no_setup_link(tmp_path):
    """With a super_admin there is no link, a cut-off upload is swept away, and a stopped server exits in order."""
    home = tmp_path / "home"
    process, printed, reader = start(home)
    setup_link(printed)
    users.create(home, "ada", Role.SUPER_ADMIN, PASSWORD, "test")
    stop(process, reader)
    leftover = home / "data" / ".upload-0.part"
    leftover.write_text("half")
    process, printed, reader = start(home)
    stop(process, reader)
    assert len([line for line in printed if line.startswith("Quantum ETL console: http://")]) == 1
    assert not [line for line in printed if "/setup" in line]
    assert not leftover.exists()


OPEN = {NOBODY: 200, "viewer": 200, "operator": 200, "super_admin": 200}
SIGNED_IN = {NOBODY: 401, "viewer": 200, "operator": 200, "super_admin": 200}
PAGE = SIGNED_IN | {NOBODY: 303}
NOT_HERE = dict.fromkeys(OPEN, 404) | {NOBODY: 401}
ADMIN = {NOBODY: 401, "viewer": 403, "operator": 403, "super_admin": 200}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", PAGE),
        ("/launch", PAGE),
        ("/_stcore/health", SIGNED_IN),
        ("/_stcore/host-config", SIGNED_IN),
        ("/_stcore/metrics", NOT_HERE),
        ("/_stcore/agent/openapi.json", NOT_HERE),
        ("/_stcore/script-health-check", NOT_HERE),
        ("/favicon.png", PAGE),
        ("/static/", dict.fromkeys(OPEN, 301) | {NOBODY: 401}),
        ("/media/x", NOT_HERE),
        ("//login", NOT_HERE),
        ("/login/", NOT_HERE),
        ("/LOGIN", NOT_HERE | {NOBODY: 303}),
        ("/login.css/../_stcore/health", SIGNED_IN),
        (f"/reports/{RUN}", SIGNED_IN),
        (f"/files/{RUN}/out.csv", SIGNED_IN),
        (f"/files/{RUN}/rejects.jsonl", SIGNED_IN),
        (f"/files/{RUN}/{RUN}.html", SIGNED_IN),
        ("/logout", PAGE),
        ("/upload", ADMIN | {NOBODY: 303}),
        ("/metrics", ADMIN),
        ("/session", SIGNED_IN),
        ("/audit/export", ADMIN),
        ("/healthz", OPEN),
        ("/login.css", OPEN),
        ("/passkey.js", OPEN),
    ],
)
@pytest.mark.parametrize("who", [NOBODY, "viewer", "operator", "super_admin"])
def test_who_may_read_what(console, path, expected, who):
    """Every address, Streamlit's own included, answers a role as the matrix says; unknown ones do not tell."""
    status = console.ask("GET", path, who).status_code
    assert status == expected[who]


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, '"', "etl_session", "ü"])
def test_a_made_up_cookie_opens_nothing(console, cookie):
    """Only a token that the server gave out is a session."""
    headers = {b"Cookie": f"{sessions.COOKIE}={cookie}".encode()}
    assert httpx.get(console.base + "/_stcore/health", headers=headers, timeout=PATIENCE_SECONDS).status_code == 401


def test_pages_go_to_sign_in_and_come_back(console):
    """A browser's page request is sent to the sign-in form, which knows where it wanted to go."""
    answer = console.ask("GET", "/live?run=a&b=1", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Flive%3Frun%3Da%26b%3D1"
    plain = console.ask("GET", "/")
    assert (plain.status_code, plain.headers["location"]) == (303, "/login")
    fetched = console.ask("GET", "/live", headers={"Accept": "text/html", "Sec-Fetch-Mode": "cors"})
    assert fetched.status_code == 401


def sign_in(console: Console, browser: httpx.Client, name: str, password: str, target: str = "/") -> httpx.Response:
    """Fill in the form and send it."""
    page = browser.get(console.base + "/login", params={"next": target})
    form = {"csrf": csrf(page), "next": target, "name": name, "password": password}
    return browser.post(console.base + "/login", data=form, headers={"Origin": console.base})


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/", "/"),
        ("/live?run=a", "/live?run=a"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nSet-Cookie: x=y", "/"),
    ],
)
def test_signing_in_and_out(console, target, goes_to):
    """The form opens a session with a strict, script-proof cookie and leads only to this site; signing out ends it."""
    with plain_browser() as browser:
        answer = sign_in(console, browser, "viewer", PASSWORD, target)
        assert (answer.status_code, answer.headers["location"]) == (303, goes_to)
        cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(sessions.COOKIE))
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        assert browser.get(console.base + "/login").status_code == 303
        token = browser.cookies[sessions.COOKIE]
        page = browser.get(console.base + "/logout")
        assert "viewer" in page.text
        refused = browser.post(console.base + "/logout", data={"csrf": "0" * 64}, headers={"Origin": console.base})
        assert refused.status_code == 400
        assert sessions.look_up(console.home, token) is not None
        browser.post(console.base + "/logout", data={"csrf": csrf(page)}, headers={"Origin": console.base})
        assert sessions.look_up(console.home, token) is None


def test_behind_tls_the_cookie_stays_there(console):
    """When a proxy on this machine says the browser used HTTPS, the cookie is marked Secure."""
    page = console.ask("GET", "/login", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in page.headers["set-cookie"]


def test_the_form_token_is_needed(console):
    """A form that was not rendered for this browser signs nobody in, whatever the password."""
    with plain_browser() as browser:
        browser.get(console.base + "/login")
        form = {"csrf": "0" * 64, "name": "viewer", "password": PASSWORD}
        answer = browser.post(console.base + "/login", data=form)
        assert answer.status_code == 400
        assert sessions.COOKIE not in browser.cookies
        assert "load the page again" in answer.text


def test_too_many_failures_make_one_wait(console):
    """After five wrong passwords even the right one has to wait, said in words and in Retry-After."""
    users.create(console.home, "forgetful", Role.VIEWER, PASSWORD, "test")
    with plain_browser() as browser:
        for _ in range(5):
            answer = sign_in(console, browser, "forgetful", "wrong password")
            assert answer.status_code == 401
            assert "do not match" in answer.text
        with transaction(console.home) as connection:
            # The wait of two seconds is drawn out: a busy machine may take as long for the next attempt.
            connection.execute("UPDATE login_attempts SET failures = 50 WHERE failures = 5 AND key LIKE 'pair:%'")
        answer = sign_in(console, browser, "forgetful", PASSWORD)
    assert answer.status_code == 429
    assert re.search(r"wait \d+ seconds", answer.text)
    assert 700 < int(answer.headers["retry-after"]) <= 900


def test_what_was_typed_is_escaped(console):
    """A name full of markup comes back as text."""
    with plain_browser() as browser:
        answer = sign_in(console, browser, '"><script>alert(1)</script>', "wrong password")
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_huge_form_is_refused(console):
    """The open pages do not take a body of any size into memory."""
    with plain_browser() as browser:
        page = browser.get(console.base + "/login")
        answer = browser.post(console.base + "/login", data={"csrf": csrf(page), "name": "x" * 20_000})
    assert answer.status_code == 400
    assert "too large" in answer.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1.evil.example"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/login"), ("POST", "/upload"), ("PUT", "/_stcore/upload_file/a/b")]
)
def test_other_sites_change_nothing(console, origin, method, path):
    """A request that changes something is refused when a page of another origin sent it, session or not."""
    answer = console.ask(method, path, "super_admin", headers={"Origin": origin})
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_cross_site_request_without_origin_is_refused(console):
    """Where a browser leaves the origin out, its fetch metadata tells."""
    answer = console.ask("POST", "/upload", "super_admin", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", [None, "same"])
def test_the_websocket_opens_with_a_session(console, origin):
    """With a session, from this site or from no browser at all, Streamlit answers."""
    headers = {} if origin is None else {"Origin": console.base}
    with console.stream("viewer", **headers) as stream:
        assert stream.response.status_code == 101


@pytest.mark.parametrize(
    ("who", "origin"),
    [(NOBODY, None), (NOBODY, "same"), ("super_admin", "http://evil.example"), ("super_admin", "null")],
)
def test_the_websocket_is_refused_without_one(console, who, origin):
    """Without a session, or from another site, the handshake fails before Streamlit sees it."""
    headers = {} if origin is None else {"Origin": console.base if origin == "same" else origin}
    with pytest.raises(InvalidStatus) as caught, console.stream(who, **headers):
        pass
    assert caught.value.response.status_code == 403


def test_ending_a_session_closes_its_websocket(console):
    """A page that is open when its user is disabled is cut off at its next word."""
    user = users.create(console.home, "leaver", Role.OPERATOR, PASSWORD, "test")
    console.tokens["leaver"] = sessions.start(console.home, user, "test")
    with console.stream("leaver") as stream:
        users.disable(console.home, "leaver", "test")
        stream.send(b"")
        with pytest.raises(ConnectionClosed) as caught:
            list(stream)
    assert caught.value.rcvd.code == 1008


def test_a_session_that_a_super_admin_ends_closes_its_websocket(console):
    """The user stays, and signs in anew; the page that was open is cut off at its next word."""
    user = users.create(console.home, "sent-away", Role.VIEWER, PASSWORD, "test")
    console.tokens["sent-away"] = sessions.start(console.home, user, "test")
    with console.stream("sent-away") as stream:
        assert people.end_sessions(console.home, "sent-away", users.find(console.home, "super_admin")) == 1
        stream.send(b"")
        with pytest.raises(ConnectionClosed) as caught:
            list(stream)
    assert caught.value.rcvd.code == 1008


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/_stcore/health", f"/reports/{RUN}", "/nothing/here"])
def test_security_headers_are_everywhere(console, path):
    """Every answer says how a browser has to treat it, refusals too."""
    for who in (NOBODY, "viewer"):
        headers = console.ask("GET", path, who).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors" in headers["content-security-policy"]


def test_a_report_is_sandboxed(console):
    """The report's own policy forbids scripts, forms and fetching, whatever its text holds."""
    answer = console.ask("GET", f"/reports/{RUN}", "viewer")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    directives = answer.headers["content-security-policy"].split("; ")
    assert directives[:4] == ["sandbox", "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"]
    assert answer.text == "<h1>A report</h1><script>steal()</script>"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/ghost",
        "/reports/..",
        "/reports/.hidden",
        f"/files/{RUN}/nothing.csv",
        f"/files/{RUN}/.hidden",
        f"/files/{RUN}/link",
        f"/files/{RUN}/folder",
        "/files/ghost/out.csv",
    ],
)
def test_what_is_not_a_runs_file_is_not_found(console, path):
    """Names that are hidden, links, folders or nobody's answer 404 in words."""
    run = RunDirectory(console.home, RUN)
    run.file(".hidden").write_text("secret")
    if not run.file("link").is_symlink():
        run.file("link").symlink_to("/etc/passwd")
    run.file("folder").mkdir(exist_ok=True)
    answer = console.ask("GET", path, "super_admin")
    assert answer.status_code in (404, 200)
    assert "root:" not in answer.text
    assert "secret" not in answer.text
    if "/.." not in path:
        assert answer.status_code == 404
        assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize(
    "name", ["..%2F..%2F..%2Fdata%2Fx", "%2Fetc%2Fpasswd", "..%5Cx", "%00", "out.csv%00", "a" * 5000]
)
def test_names_cannot_climb(console, name):
    """Encoded slashes, NULs and endless names reach no other file and cause no crash."""
    answer = console.ask("GET", f"/files/{RUN}/{name}", "super_admin")
    assert answer.status_code < 500
    assert "root:" not in answer.text


def test_a_download_is_whole_and_named(console):
    """Length, type, tag and name are those of the file; it is never compressed on the way."""
    answer = console.ask("GET", f"/files/{RUN}/out.csv", "viewer", headers={"Accept-Encoding": "gzip"})
    content = (console.home / "output" / "out.csv").read_bytes()
    assert answer.content == content
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-encoding"] == "identity"
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''out.csv"
    head = console.ask("HEAD", f"/files/{RUN}/out.csv", "viewer")
    assert (head.headers["content-length"], head.content) == (str(len(content)), b"")
    again = console.ask("GET", f"/files/{RUN}/out.csv", "viewer", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("given", "status", "part"),
    [
        ("bytes=0-7", 206, slice(0, 8)),
        ("bytes=9-", 206, slice(9, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=4000-99999", 206, slice(4000, None)),
        ("bytes=99999-", 416, None),
        ("lines=1-2", 400, None),
    ],
)
def test_ranges(console, given, status, part):
    """A range gives exactly those bytes, one past the end is refused."""
    answer = console.ask("GET", f"/files/{RUN}/out.csv", "viewer", headers={"Range": given})
    assert answer.status_code == status
    if part is not None:
        content = (console.home / "output" / "out.csv").read_bytes()
        assert answer.content == content[part]
        assert answer.headers["content-length"] == str(len(content[part]))


def test_an_output_that_was_replaced_is_said(console):
    """A later run's bytes are not handed out as this run's."""
    run = RunDirectory(console.home, "20260102T000000Z-abc123").create()
    output = console.home / "output" / "later.csv"
    output.write_bytes(b"new content\n")
    run.write(
        "metadata.json", {"status": "success", "outputs": {"csv": {"path": str(output), "bytes": 5, "sha256": "0"}}}
    )
    answer = console.ask("GET", f"/files/{run.run_id}/later.csv", "viewer")
    assert answer.status_code == 410
    assert "no backup of what this run wrote is left" in answer.json()["error"]


def test_a_changed_output_of_the_same_length_has_another_tag(console):
    """The recorded checksum is the tag only of the file that has not been written since."""
    run = RunDirectory(console.home, "20260103T000000Z-abc123").create()
    output = console.home / "output" / "same.csv"
    output.write_bytes(b"12345")
    facts = {"path": str(output), "bytes": 5, "sha256": "0" * 64}
    run.write("metadata.json", {"status": "success", "finished_at": "2026-01-03T00:00:00Z", "outputs": {"csv": facts}})
    assert console.ask("GET", f"/files/{run.run_id}/same.csv", "viewer").headers["etag"] != f'"{"0" * 64}"'


def memory_peak(process: subprocess.Popen[str]) -> int:
    """Largest resident set of the server so far, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def multipart(boundary: str, pieces: Iterator[bytes], name: str = "big data.CSV") -> Iterator[bytes]:
    """The body of a form with one file, as a stream."""
    yield f'--{boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'.encode()
    yield f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
    yield b"Content-Type: text/csv\r\n\r\n"
    yield from pieces
    yield f"\r\n--{boundary}--\r\n".encode()


def test_64_mb_up_and_down_in_flat_memory(console):
    """A large file arrives and leaves byte for byte, and the server's memory hardly grows."""
    console.ask("POST", "/upload", "super_admin", files={"file": ("warm.csv", b"a,b\n1,2\n")})
    before, piece, digest = memory_peak(console.process), os.urandom(MEGABYTE // 2).hex().encode(), hashlib.sha256()
    for _ in range(64):
        digest.update(piece)
    answer = console.ask(
        "POST", "/upload", "super_admin",
        content=multipart("b0und", (piece for _ in range(64))),
        headers={"Content-Type": "multipart/form-data; boundary=b0und"},
    )  # fmt: skip
    stored = answer.json()
    assert (answer.status_code, stored["bytes"], stored["original_name"]) == (201, 64 * MEGABYTE, "big data.CSV")
    assert stored["sha256"] == digest.hexdigest()
    assert re.fullmatch(r"upload-\d{8}T\d{6}Z-[0-9a-f]{6}\.csv", stored["name"])
    with (console.home / "data" / stored["name"]).open("rb") as data:
        assert hashlib.file_digest(data, "sha256").hexdigest() == digest.hexdigest()
    beside = json.loads((console.home / "data" / f".{stored['name']}.json").read_text())
    assert (beside["original_name"], beside["uploaded_by"]) == ("big data.CSV", "super_admin")
    (console.home / "data" / stored["name"]).rename(RunDirectory(console.home, RUN).file("big.csv"))
    received = hashlib.sha256()
    address, headers = f"{console.base}/files/{RUN}/big.csv", console.headers("viewer")
    with httpx.stream("GET", address, headers=headers, timeout=PATIENCE_SECONDS) as download:
        for part in download.iter_raw():
            received.update(part)
    assert received.hexdigest() == digest.hexdigest()
    assert memory_peak(console.process) - before < 24 * MEGABYTE
    (record,) = AuditLog(console.home).search(action="data.upload", limit=1)
    assert (record["action"], record["target"], record["detail"]["original_name"]) == (
        "data.upload", stored["name"], "big data.CSV",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("a.zip", b"PK\x03\x04rest", 415, "a ZIP archive"),
        ("a.csv", b"\x1f\x8b\x08rest", 415, "a gzip archive"),
        ("a.bin", b"\x7fELF" + b"\0" * 5000, 415, "a Linux program"),
        ("a.bin", b"MZ" + b"\0" * 58 + b"\x40\0\0\0PE\0\0", 415, "a Windows program"),
        ("a.bin", b"\0" * 257 + b"ustar", 415, "a tar archive"),
        ("a.csv", b"#!/bin/sh\n", 415, "a script"),
        ("a.parquet", b"id,value\n", 415, "not a Parquet file"),
        ("a.csv", b"", 400, "is empty"),
    ],
)
def test_uploads_that_are_no_data_are_refused(console, name, content, status, words):
    """Archives, programs, false Parquet and empty files are refused in words and nothing of them stays."""
    before = sorted((console.home / "data").iterdir())
    answer = console.ask("POST", "/upload", "super_admin", files={"file": (name, content)})
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert sorted((console.home / "data").iterdir()) == before


@pytest.mark.parametrize(
    ("name", "content", "stored"),
    [
        ("../../etc/passwd.csv", b"a\n", ".csv"),
        ("C:\\data\\x.BIN", b"MZ" + b"\x01" * 200, ".bin"),
        ("no suffix", b"a\n", ".bin"),
        ("evil.c$v", b"a\n", ".bin"),
        ("x.parquet", b"PAR1....PAR1", ".parquet"),
    ],
)
def test_the_stored_name_is_the_servers(console, name, content, stored):
    """Whatever a browser calls the file, it lies in data/ under a generated name with a plain suffix."""
    answer = console.ask("POST", "/upload", "super_admin", files={"file": (name, content)})
    assert answer.status_code == 201
    path = console.home / "data" / answer.json()["name"]
    assert path.suffix == stored
    assert path.read_bytes() == content


HALF_A_BODY = b"".join(multipart("b", iter([b"half of a fi"])))[:-8]
ANOTHER_FIELD = b"".join(multipart("b", iter([b"x"]))).replace(b'"file"', b'"pile"')


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"file=x", "application/x-www-form-urlencoded", "multipart/form-data"),
        (b"garbage", "multipart/form-data; boundary=b", "well-formed"),
        (HALF_A_BODY, "multipart/form-data; boundary=b", "before the file was whole"),
        (ANOTHER_FIELD, "multipart/form-data; boundary=b", "field `file`"),
    ],
)
def test_broken_uploads_leave_nothing(console, body, kind, words):
    """A body that is cut off or of another form is refused in words and nothing of it stays."""
    before = sorted((console.home / "data").iterdir())
    answer = console.ask("POST", "/upload", "super_admin", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert sorted((console.home / "data").iterdir()) == before


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_only_a_super_admin_uploads(console, who):
    """The role is checked before a byte is written."""
    before = sorted((console.home / "data").iterdir())
    answer = console.ask("POST", "/upload", who, files={"file": ("a.csv", b"a,b\n")})
    assert answer.status_code == 403
    assert "you need the role super_admin" in answer.json()["error"]
    assert sorted((console.home / "data").iterdir()) == before


def test_too_large_an_upload_is_refused_before_it_begins(console):
    """A body announced beyond the limit gets its answer at once."""
    request = (
        f"POST /upload HTTP/1.1\r\nHost: {console.base.removeprefix('http://')}\r\nContent-Length: 99000000000\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nCookie: {console.headers('super_admin')['Cookie']}\r\n\r\n"
    )
    host, _, port = console.base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(request.encode())
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 413")


def test_an_upload_from_the_form_comes_back_to_its_page(console):
    """A browser is sent back to the page the form stood on, with the new file picked."""
    answer = console.ask(
        "POST", "/upload", "super_admin", files={"file": ("a.csv", b"a,b\n")},
        headers={"Accept": "text/html", "Origin": console.base, "Referer": console.base + "/launch?x=1"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert re.fullmatch(r"/launch\?input=upload-\S+\.csv", answer.headers["location"])


def test_health_tells_version_queue_and_disk(console):
    """Monitoring learns that the console lives, and nothing about anybody's data."""
    facts = console.ask("GET", "/healthz").json()
    assert facts["status"] == "ok"
    assert set(facts) == {"status", "version", "queue", "disk", "problems"}
    assert facts["queue"] == {"queued": 0, "running": 0}
    assert 0 < facts["disk"]["free_bytes"] < facts["disk"]["total_bytes"]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {METRICS_TOKEN}", 200),
        ("Bearer wrong", 401),
        (f"Basic {METRICS_TOKEN}", 401),
        ("Bearer", 401),
        ("", 401),
    ],
)
def test_metrics_take_a_token(console, authorization, status):
    """The bearer token opens the metrics without a session; nothing else does."""
    answer = console.ask("GET", "/metrics", headers={"Authorization": authorization})
    assert answer.status_code == status
    if status == 200:
        assert 'etl_runs{status="success"}' in answer.text
        assert 'etl_queue_jobs{state="queued"} 0\n' in answer.text
        assert all(re.fullmatch(r"# .*|etl_\w+(\{.*\})? [0-9.e+]+", line) for line in answer.text.splitlines())


def test_a_file_that_grows_is_cut_at_its_announced_length(console):
    """A log that is written on while it is downloaded keeps to its Content-Length."""
    log = RunDirectory(console.home, RUN).file("run.log")
    log.write_bytes(b"x" * (8 * MEGABYTE))
    address, headers = f"{console.base}/files/{RUN}/run.log", console.headers("viewer")
    with httpx.stream("GET", address, headers=headers, timeout=PATIENCE_SECONDS) as download:
        with log.open("ab") as writer:
            writer.write(b"y" * (4 * MEGABYTE))
        content = download.read()
    assert content == b"x" * (8 * MEGABYTE)
