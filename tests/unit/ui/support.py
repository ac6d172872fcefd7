"""Helpers of the screens' tests: a home with data, a configuration over it, and looking at a page as text."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console import identity, users
from console.users import Role, User
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv

SUCCESS, FAILURE = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"
HOSTILE = '<img src=x onerror=alert(1)> **bold** ![x](http://example.invalid/x.png) "quoted"'


def make_home(folder: Path) -> Path:
    """A home with one small input, as `make demo` leaves it."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    write_sales_csv(folder / "data" / "sales.csv", 1000, seed=1, dirt=True)
    return folder


def config_of(home: Path, **changes: object) -> RunConfig:
    """A run over the home's input."""
    values = {"inputs": (str(home / "data" / "sales.csv"),), "output_csv": home / "output" / "sales.csv"}
    values |= {"output_parquet": home / "output" / "sales.parquet", "workers": 1, "home": home, "user": "ada"}
    return RunConfig(**{**values, **changes})


def become(monkeypatch: pytest.MonkeyPatch, user: User | None) -> None:
    """Make somebody else look at the page from now on: the one thing that a test without a browser cannot bring."""
    monkeypatch.setattr(identity, "current_user", lambda: user)


def demote_before(monkeypatch: pytest.MonkeyPatch, module: ModuleType, service: str, home: Path) -> None:
    """Make the super_admin a viewer after the page has let them in and before the service looks them up."""
    real = getattr(module, service)

    def meanwhile(*given: Any) -> Any:
        users.create(home, "other", Role.SUPER_ADMIN, "correct horse battery", by="test")
        users.set_role(home, "super_admin", Role.VIEWER, "other")
        return real(*given)

    monkeypatch.setattr(module, service, meanwhile)


def texts(app: AppTest) -> str:
    """All the markup and messages of a page as one text."""
    parts = [*app.html, *app.markdown, *app.caption, *app.error, *app.code]
    return "\n".join(str(part.value if hasattr(part, "value") else part.body) for part in parts)
