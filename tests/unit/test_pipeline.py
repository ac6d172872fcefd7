"""The ingest as a whole, with one worker: its moments in order, and nothing left behind whatever ends it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from etl_batch.errors import EtlError, InputRefused, TimedOut, TooManyRejects
from etl_batch.model import Counts
from etl_batch.parallel.turns import Abandoned, Turns
from etl_batch.pipeline import TURNS, ingest
from etl_batch.sinks.sink import Sink
from etl_batch.stages.care import Observer
from etl_batch.stages.finish import Finished, Ingested
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import Plan, plan_columns
from etl_batch.stopwatch import STILL, Watch, start_watch
from tests.unit.engine_parts import config_of, make_sinks, measuring_of, text_source

CONTENT = "k,n\n" + "".join(f"{'ab'[n % 2]},{n}\n" for n in range(40)) + "lonely\n" * 3


@dataclass
class Watching(Observer):
    """Notes what it is told, and the chunks that were done by then."""

    at_start: Callable[[], object] = lambda: None
    moments: list[tuple[str, int]] = field(default_factory=list)

    def workers_started(self) -> None:
        """The pool is there."""
        assert len(multiprocessing.active_children()) == 1
        self.moments.append(("started", 0))
        self.at_start()

    def progressed(self, ingested: Ingested) -> None:
        """A look."""
        self.moments.append(("progressed", ingested.chunks))

    def closing(self, ingested: Ingested) -> None:
        """The workers are gone, the files are not closed yet."""
        assert multiprocessing.active_children() == []
        self.moments.append(("closing", ingested.chunks))


@dataclass(frozen=True)
class Run:
    """An input that is planned, and where its outputs go."""

    folder: Path
    plan: Plan
    sinks: tuple[Sink, ...]

    @property
    def rejects(self) -> Path:
        """The dead letters."""
        return self.folder / "rejects.jsonl"

    def ingest(
        self, observer: Observer, deadline: float | None = None, watch: Watch = STILL, **changes: Any
    ) -> Finished:
        """Run it."""
        config, measuring = config_of(self.folder, **changes), measuring_of(self.plan, self.folder)
        until = time.monotonic() + 600 if deadline is None else deadline
        return ingest(self.plan, config, measuring, self.sinks, self.rejects, until, observer, watch)

    def nothing_left(self) -> bool:
        """Whether neither a process nor the state of the turns is left."""
        return not multiprocessing.active_children() and not self.rejects.with_name(TURNS).exists()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Forty rows and three rejects."""
    return Run(tmp_path, plan_columns([text_source(tmp_path, CONTENT)]), make_sinks(tmp_path))


def test_the_moments_of_an_ingest(run: Run) -> None:
    """A look before anything has begun, the workers, looks as chunks come in, and the end once all are in place."""
    observer = Watching()
    finished = run.ingest(observer, max_rejects=3)
    names = [name for name, _ in observer.moments]
    assert names[:2] == ["progressed", "started"]
    assert names[-1] == "closing"
    assert set(names[2:-1]) == {"progressed"}
    seen = [chunks for _, chunks in observer.moments]
    assert seen == sorted(seen)
    assert seen[-1] == finished.ingested.chunks > 3
    assert finished.ingested.counts == Counts(43, 40, 3, 0)
    csv = run.sinks[0].file.staged
    assert csv.read_text() == CONTENT.replace("lonely\n", "")
    sizes = {name: each.bytes for name, each in finished.sealed.items()}
    assert sizes == {sink.name: sink.file.staged.stat().st_size for sink in run.sinks}
    assert len(run.rejects.read_text().splitlines()) == 3
    assert run.nothing_left()


@pytest.mark.parametrize("profile", [True, False])
def test_what_an_ingest_costs(run: Run, profile: bool) -> None:
    """The parent's stages are laps of its watch; its one worker has added up every chunk. Unasked, nothing is taken."""
    watch = start_watch(profile, time.thread_time)
    ingested = run.ingest(Watching(), None, watch, profile=profile).ingested
    stages = {"start", "hand_out", "cut", "collect", "finish", "digests"}
    assert set(watch.cpu) == (stages if profile else set())
    shares = list(ingested.profiles.values())
    assert [share.chunks for share in shares] == ([ingested.chunks] if profile else [])
    assert [share.input_bytes for share in shares] == ([ingested.bytes_done] if profile else [])


def test_too_many_rejects(run: Run) -> None:
    """One more than allowed ends it; those that were found stay to be read."""
    observer = Watching()
    with pytest.raises(TooManyRejects, match="More than --max-rejects 0 records") as refused:
        run.ingest(observer, max_rejects=0)
    assert refused.value.rejected >= 1
    assert str(run.rejects) in str(refused.value)
    assert run.rejects.read_text().startswith("{")
    assert "closing" not in dict(observer.moments)
    assert run.nothing_left()


def vanish(run: Run) -> None:
    """Take the input away once the workers are there."""
    Path(run.plan.sources[0].path).write_text("k,n\n")


@pytest.mark.parametrize(
    ("deadline", "at_start", "error"),
    [(0.0, lambda _: None, TimedOut), (None, vanish, InputRefused)],
    ids=["past the deadline", "an input that has gone"],
)
def test_nothing_is_left_whatever_ends_it(
    run: Run, deadline: float | None, at_start: Callable[[Run], object], error: type[EtlError]
) -> None:
    """The parent's own error or a worker's: no process stays and no turn."""
    with pytest.raises(error):
        run.ingest(Watching(lambda: at_start(run)), deadline)
    assert run.nothing_left()


def test_an_observer_that_fails(run: Run) -> None:
    """Its error ends the ingest like any other, and whoever waits for a turn is told."""
    opened: list[Turns] = []

    def fail() -> None:
        opened.append(Turns(run.rejects.with_name(TURNS), (REJECTS, "csv", "parquet")))
        raise KeyError("observer")

    with pytest.raises(KeyError, match="observer"):
        run.ingest(Watching(fail))
    with opened[0] as turns, pytest.raises(Abandoned):
        turns.check()
    assert run.nothing_left()
