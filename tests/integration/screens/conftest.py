"""What the screens' tests share: a home with real runs in it, users, and pages that a chosen user looks at."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from console import passwords, users
from console.users import Role
from etl_batch.defaults import PROJECT_ROOT
from tests.support import become, copied, run_again
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Before each drawing of a tested page Streamlit reads what every installed package says of itself, a third of a
    second; a console does so once, when it starts."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished home that a test may change."""
    return copied(finished, tmp_path / "home")


@pytest.fixture
def repeated(made_once, tmp_path: Path) -> Path:
    """The same home, with a run that repeats the successful one with another fraction."""
    return copied(made_once(run_again), tmp_path / "repeated")


@pytest.fixture
def screen(monkeypatch) -> Callable[..., AppTest]:
    """Opens a page of the console over a home as a user of some role; the database has that user."""
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)

    def look(home: Path, page: str, role: Role = Role.SUPER_ADMIN, **parameters: str) -> AppTest:
        monkeypatch.setenv("ETL_HOME", str(home))
        user = users.find(home, str(role)) or users.create(home, str(role), role, "correct horse battery", by="test")
        become(monkeypatch, user)
        app = AppTest.from_file(str(PROJECT_ROOT / "console" / "main.py"), default_timeout=PATIENCE_SECONDS)
        for name, value in parameters.items():
            app.query_params[name.rstrip("_")] = value
        # Switched to before it runs, so that Home, the page it would begin with, is not drawn in vain.
        return (app if page == "home" else app.switch_page(f"../pages/{page}.py")).run()

    return look
