"""A server that answers as a store does, or as it is told to."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from etl_batch.stores.links import Link

CONTENT = bytes(range(256)) * 40


@contextmanager
def serving(answers: Sequence[int], error: bytes = b"<Error/>") -> Iterator[tuple[Link, list[Any]]]:
    """A link to a server that answers in turn with these statuses, then as it should; and what it was asked.

    `error`: what it says with a status that is none of success.
    """
    asked: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

        def do_GET(self) -> None:
            """One answer."""
            asked.append((self.headers["Range"], self.headers["If-Match"]))
            status = answers[len(asked) - 1] if len(asked) <= len(answers) else 206
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            content = CONTENT[int(first) : int(last) + 1] if status == 206 else error
            if status == 0:  # half of it, and away
                self.send_response(206)
                self.send_header("Content-Length", "9999")
                self.end_headers()
                self.wfile.write(b"x")
                self.close_connection = True
                return
            self._send(status, content)

        def do_PUT(self) -> None:
            """The part is taken, or not."""
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            status = answers[len(asked) - 1] if len(asked) <= len(answers) else 200
            self._send(status, b"" if status == 200 else error)

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", '"part"')
            self.end_headers()
            self.wfile.write(content)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield (
            Link(f"http://127.0.0.1:{server.server_address[1]}/k?X-Amz-Signature=abc", '"tag"', time.time() + 600),
            asked,
        )
    finally:
        server.shutdown()
        server.server_close()
