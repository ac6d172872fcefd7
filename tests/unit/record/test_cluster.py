"""A cluster's workers as a run's progress keeps them."""

from __future__ import annotations

import json

from etl_batch.record.cluster import ClusterState, ClusterWorker
from etl_batch.record.progress import Progress
from etl_batch.ui.shared.progress import host_rows

WORKERS = (
    ClusterWorker("tcp://10.0.0.2:4001", "10.0.0.2", "a", 1, 0, 250_000_000, 90.0, 1),
    ClusterWorker("tcp://10.0.0.2:4002", "10.0.0.2", "b", 1, 0, 250_000_000, 50.0, 0),
    ClusterWorker("tcp://10.0.0.1:4001", "10.0.0.1", "c", 2, 0, 100_000_000, 0.0, 0),
)


def test_it_is_kept_and_read_again() -> None:
    """Whatever else stands there is taken for nothing."""
    progress = Progress("r", cluster=WORKERS)
    assert Progress.from_json(json.loads(json.dumps(progress.to_json()))) == progress
    assert Progress.from_json({"cluster": [7, {"threads": "x"}]}).cluster == (ClusterWorker.from_json({}),)
    assert ClusterState("tcp://10.0.0.3:8786", None, WORKERS).workers == WORKERS


def test_by_machine() -> None:
    """In the order of their names, with sums."""
    assert [(host, words.replace("\u202f", " ")) for host, words in host_rows(WORKERS)] == [
        ("10.0.0.1", "1 worker (2 threads) at 0 tasks; 0 % busy, 100 MB in use"),
        ("10.0.0.2", "2 workers (2 threads) at 1 task; 140.0 % busy, 500 MB in use"),
    ]
