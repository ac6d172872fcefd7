"""The cluster on the screens: System says how it is, Launch offers it, Live run shows its machines."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from console import account, clusters, users
from console.users import Role
from etl_batch.runs.record.directory import RunDirectory
from tests.cluster.clusters import Cluster, free_port
from tests.cluster.runs import running
from tests.integration.engine.conftest import Home
from tests.integration.screens.conftest import screen
from tests.support import texts
from tests.waiting import until

__all__ = ["screen"]


def executors(app: AppTest) -> list[str]:
    """What Launch offers."""
    return next((list(box.options) for box in app.selectbox if box.label == "Cluster"), [])


def test_a_server_without_one(home: Home, source: Path, screen: Callable[..., AppTest]) -> None:
    """Nothing is said of it, and nobody can name an address."""
    assert source
    assert "Dask" not in texts(screen(home.path, "system"))
    assert executors(screen(home.path, "launch")) == []


def test_the_cluster_of_the_server(
    home: Home, source: Path, healthy: Cluster, screen: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workers by machine on System; it can be chosen on Launch."""
    monkeypatch.setenv("ETL_CLUSTER", healthy.address)
    until(lambda: not isinstance(clusters.look(healthy.address, 1.0), str | None))
    app = screen(home.path, "system")
    assert not app.exception
    assert "3 workers (3 threads) at 0 tasks" in texts(app)
    app = screen(home.path, "launch", input=source.name)
    assert executors(app) == ["This machine", healthy.address]
    next(box for box in app.selectbox if box.label == "Cluster").select(healthy.address).run()
    assert not app.exception
    assert f"--cluster {healthy.address}" in texts(app)


def test_a_cluster_that_is_away(home: Home, screen: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, on a page that did not wait for it."""
    address = f"tcp://127.0.0.1:{free_port()}"
    monkeypatch.setenv("ETL_CLUSTER", address)
    until(lambda: isinstance(clusters.look(address, 1.0), str))
    app = screen(home.path, "system")
    assert not app.exception
    assert f"no Dask scheduler answers at {address}" in texts(app)


def test_the_machines_of_a_run(home: Home, source: Path, healthy: Cluster, screen: Callable[..., AppTest]) -> None:
    """They stand in the run's progress, and on Live run while it goes on."""
    with running(home, source, healthy.address) as one:
        run = RunDirectory(home.path, one.id)

        def machines() -> set[tuple[str, int]]:
            """Host and threads of each worker that the run knows of."""
            progress = run.progress()
            return {(each.host, each.threads) for each in progress.cluster} if progress else set()

        until(machines)
        one.process.send_signal(signal.SIGSTOP)
        app = screen(home.path, "live", run=run.run_id)
        account.choose_language(home.path, users.find(home.path, str(Role.SUPER_ADMIN)), "pt_br")
        portuguese = texts(screen(home.path, "live", run=run.run_id))
        one.process.send_signal(signal.SIGCONT)
        assert not app.exception
        assert "Workers of the cluster" in texts(app)
        assert re.search(r"Chunks done\W.*3 workers of the cluster", texts(app), re.DOTALL)
        assert re.search(r"Blocos feitos\W.*3 processos do cluster", portuguese, re.DOTALL)
        progress = run.progress()
        assert progress is not None
        assert progress.workers == 0
        assert machines() == {("127.0.0.1", 1)}
        assert one.end()[0] == 0
