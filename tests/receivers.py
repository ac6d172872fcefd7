"""Receivers of alerts for the tests: a real web server and a real mail server on this machine."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.waiting import PATIENCE_SECONDS

HANG, DRIP = -1, -2


@dataclass
class Hook:
    """A web server that takes webhooks: it keeps what comes and answers with the next status of its list."""

    answers: list[int] = field(default_factory=list)
    """Statuses to answer with, 200 when they have run out; `HANG` and `DRIP` never come to an end."""
    text: str = "thank you"
    location: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Serve one request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append((handler.path, headers, body))
        status = self.answers.pop(0) if self.answers else 200
        if status == HANG:
            self.released.wait(60)
            return
        if status == DRIP:
            self._drip(handler)
            return
        handler.send_response(status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", str(len(self.text.encode())))
        handler.end_headers()
        handler.wfile.write(self.text.encode())

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A header that never ends, a sign at a time."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.released.wait(0.01):
                handler.wfile.write(b"x")
        except OSError:
            pass


@contextmanager
def web_server(tls: ssl.SSLContext | None = None, **more: Any) -> Iterator[Hook]:
    """A webhook's receiver on a free port, with TLS when it is given what it takes."""
    hook = Hook(**more)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.answer(self)

        do_GET = do_POST  # noqa: N815  a redirect that is followed comes as a GET

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    hook.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Letterbox:
    """A mail server's memory; `refused` recipients and `user`/`password` are what it was told to insist on."""

    refused: tuple[str, ...] = ()
    user: str = ""
    password: str = ""
    envelopes: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  aiosmtpd's name
        """Take a recipient, or not."""
        if address in self.refused:
            return "550 5.1.1 nobody of that name here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's name
        """Take a mail."""
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 taken as 4711"

    def authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        """Hold a login against what was asked for."""
        good = (data.login, data.password) == (self.user.encode(), self.password.encode())
        return AuthResult(success=good, handled=False)


class _FreePort(Controller):
    """Listens on a port of the system's choice."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        with socket.create_connection(("127.0.0.1", self.port)):
            pass


@contextmanager
def mail_server(box: Letterbox, **more: Any) -> Iterator[Letterbox]:
    """A mail server on a free port; `more` goes to aiosmtpd's controller."""
    if box.user:
        more |= {"authenticator": box.authenticate, "auth_required": True}
        more.setdefault("auth_require_tls", False)
    controller = _FreePort(box, hostname="127.0.0.1", port=0, ready_timeout=PATIENCE_SECONDS, **more)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made certificate for 127.0.0.1 and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key
