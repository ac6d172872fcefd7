"""Second factors in tests: an authenticator app, and the forms of the sign-in."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
from starlette.testclient import TestClient

from console import factors


def code_of(secret: str, at: float, steps: int = 0) -> str:
    """What the app shows at a moment, in seconds since 1970, or some spans later."""
    return pyotp.TOTP(secret).generate_otp(int(at // factors.STEP_SECONDS) + steps)


def turned_on(home: Path, name: str, at: float, keep: str = "") -> tuple[str, list[str]]:
    """Turn an account's second factor on; its secret and its recovery codes."""
    secret = factors.new_secret()
    return secret, factors.turn_on(home, name, secret, code_of(secret, at), keep, at)


def filled_in(client: TestClient, path: str, **fields: str):
    """Load a form of the sign-in, fill it in and send it."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path).text)
    return client.post(path, data={"csrf": found[1] if found else "", **fields})
