"""A browser without a picture, for tests that speak to a console over its port."""

from __future__ import annotations

from typing import Any

import httpx

from tests.waiting import PATIENCE_SECONDS


def plain_browser(**more: Any) -> httpx.Client:
    """One that connects anew for each request.

    The console closes a connection that idles for five seconds. On a busy machine so much may pass between any two
    requests, and one that is sent at just that moment is cut off; a real browser sends it again, and httpx does not.
    """
    return httpx.Client(timeout=PATIENCE_SECONDS, limits=httpx.Limits(max_keepalive_connections=0), **more)
