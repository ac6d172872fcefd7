"""Helpers of several folders' tests: homes with data and with runs, who looks at a page, and a page as text."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console import identity, users
from console.users import Role, User
from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv
from etl_batch.errors import TooManyRejects

SUCCESS, FAILURE, AGAIN = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb", "20260103T000000Z-cccccc"
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


def run_both(folder: Path) -> None:
    """A home in which one run has ended in success and one with too many rejects."""
    home = make_home(folder)
    service.execute(config_of(home, sample_frac=0.3), run_id=SUCCESS)
    with pytest.raises(TooManyRejects):
        service.execute(config_of(home, max_rejects=0), run_id=FAILURE)


def run_again(folder: Path) -> None:
    """The same, and a run that repeats the successful one with another fraction."""
    run_both(folder)
    service.execute(config_of(folder, sample_frac=0.5, rerun_of=SUCCESS), run_id=AGAIN)


def copied(home: Path, target: Path) -> Path:
    """A copy of a home whose runs name the files of the copy."""
    shutil.copytree(home, target, dirs_exist_ok=True)
    for path in target.rglob("output/runs/*/*.json*"):
        path.write_text(path.read_text().replace(str(home), str(target)))
    return target


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
