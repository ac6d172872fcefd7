"""A home, its inputs, and a cluster that stays well for those that do it no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.clusters import Cluster, cluster
from tests.integration.engine.conftest import Home, home
from tests.support import copied

__all__ = ["home"]

ROWS = 200_000


def write_inputs(folder: Path) -> None:
    """A CSV of some megabytes with bad rows among others, that takes a while in small chunks."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    lines = (
        f'{n},"{"abcd"[n * n % 7 % 4]}",{n * 37 % 1009 / 8},{n}\n' if n % 997 else f"{n},short\n" for n in range(ROWS)
    )
    (folder / "data" / "in.csv").write_text("id,k,v,w\n" + "".join(lines) + "0,a,=no number,1\n")


@pytest.fixture
def source(home: Home, made_once: Callable[[Callable[[Path], object]], Path]) -> Path:
    """That input, in the home."""
    return copied(made_once(write_inputs), home.path) / "data" / "in.csv"


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and three workers that nobody harms."""
    with cluster(tmp_path_factory.mktemp("healthy") / "cluster") as one:
        yield one


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Cluster]:
    """Another one for each test."""
    with cluster(tmp_path / "cluster") as one:
        yield one
