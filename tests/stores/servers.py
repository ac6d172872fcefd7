"""moto's server of S3, and a server between it and the engine that throttles, stalls and counts."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import Session

from tests.cluster.clusters import free_port
from tests.waiting import until

KEY_ID, SECRET, REGION = "AKIAIOSFODNN7TESTING", "wJalrXUtnFEMI-K7MDENG-testing", "eu-central-1"
TOKEN = "FwoGZXIvYXdzEJr-testing-a-session"


class Store:
    """A server of S3 and a client of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.client: Any = Session().create_client(
            "s3",
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, *roots: str, endpoint: str | None = None) -> dict[str, str]:
        """What an engine is given to read from it, beneath these roots."""
        return {
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "ETL_ALLOWED_ROOTS": ":".join(roots),
        }

    def make(self, bucket: str) -> None:
        """A bucket."""
        self.client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """An object."""
        self.client.put_object(Bucket=bucket, Key=key, Body=content)

    def put_folder(self, bucket: str, prefix: str, folder: Path) -> None:
        """All files of a folder."""
        for path in folder.iterdir():
            self.put(bucket, f"{prefix}/{path.name}", path.read_bytes())


@contextmanager
def store(folder: Path) -> Iterator[Store]:
    """A server, which is gone when the block ends."""
    port = free_port()
    with (folder / "moto.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        one = Store(port)
        until(lambda: _answers(one))
        yield one
    finally:
        process.kill()
        process.wait()


def _answers(one: Store) -> bool:
    try:
        one.client.list_buckets()
    except Exception:  # noqa: BLE001 - whatever it is, it is not there yet
        return False
    return True


Fault = Callable[[str, str, int], int | str | tuple[int, str] | None]
"""From method, path and number of the request: a status to answer with in its place, or the store's word for what it
has not, or both; None to hand it on."""


@contextmanager
def between(one: Store, fault: Fault) -> Iterator[str]:
    """The address of a server that hands requests on, but for those that a fault answers."""
    counted, lock = [0], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

        def handle_one(self) -> None:
            """Hand one on, or fail it."""
            with lock:
                counted[0] += 1
                number = counted[0]
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            said = fault(self.command, self.path, number)
            if said is not None:
                status, code = (404, said) if isinstance(said, str) else (said, "SlowDown")
                if isinstance(said, tuple):
                    status, code = said
                elif status == 403:
                    code = "AccessDenied"
                content = f"<Error><Code>{code}</Code></Error>".encode()
                self._answer(status, {"Content-Type": "application/xml"}, content)
                return
            onwards = http.client.HTTPConnection("127.0.0.1", one.port)
            onwards.request(self.command, self.path, body, dict(self.headers.items()))
            answer = onwards.getresponse()
            kept = {"etag", "last-modified", "content-range", "content-type", "accept-ranges"}
            headers = {name: value for name, value in answer.getheaders() if name.lower() in kept}
            size = answer.getheader("Content-Length")
            self._answer(answer.status, headers, answer.read(), size)
            onwards.close()

        def _answer(self, status: int, headers: dict[str, str], content: bytes, size: str | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", size if self.command == "HEAD" and size else str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one  # noqa: N815 - as the library calls them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
