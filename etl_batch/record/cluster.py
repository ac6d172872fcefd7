"""A Dask cluster at a moment, as its scheduler tells of it and as a run's progress keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from etl_batch.record.values import JsonObject, amount, text, whole


@dataclass(frozen=True, slots=True)
class ClusterWorker:
    """One worker. Memory in bytes."""

    address: str
    host: str
    name: str
    threads: int
    memory_limit: int
    memory: int
    cpu_percent: float
    """Of one core."""
    running: int
    """Tasks that it is at."""

    @classmethod
    def from_json(cls, given: JsonObject) -> ClusterWorker:
        """Any object as a worker."""
        return cls(
            address=text(given.get("address")),
            host=text(given.get("host")),
            name=text(given.get("name")),
            threads=whole(given.get("threads")),
            memory_limit=whole(given.get("memory_limit")),
            memory=whole(given.get("memory")),
            cpu_percent=amount(given.get("cpu_percent")),
            running=whole(given.get("running")),
        )


@dataclass(frozen=True, slots=True)
class ClusterState:
    """A scheduler and its workers."""

    address: str
    dashboard: str | None
    """Where Dask's own page is; None when it has none."""
    workers: tuple[ClusterWorker, ...]
