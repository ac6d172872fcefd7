"""`--profile`: where the CPU seconds of a real run went, in its metadata and its report; nothing without it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import ENGINE
from etl_batch.demo import write_sales_csv
from etl_batch.record.profile import ParentStage, RunProfile
from etl_batch.reporting import wording
from tests.integration.engine.conftest import Home

STAGES = ["read", "clean", "encode_csv", "encode_parquet", "tally", "wait", "place"]


@pytest.fixture
def source(home: Home) -> Path:
    """Some dozens of small chunks, with rejects."""
    path = home.data / "sales.csv"
    write_sales_csv(path, 20_000, seed=3, dirt=True)
    return path


def spent() -> float:
    """CPU seconds of the processes that this one has waited for, and those that they have waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def profile_of(metadata: dict[str, Any]) -> RunProfile:
    """The profile as it is read."""
    found = RunProfile.from_json(metadata["profile"])
    assert found is not None
    return found


def report_of(home: Home, metadata: dict[str, Any]) -> str:
    """The run's report."""
    return (home.path / "report" / f"{metadata['run_id']}.html").read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_stages_and_bytes_add_up(home: Home, source: Path, workers: int) -> None:
    """Each stage of a worker is there, and the workers together have read and written what the run has."""
    metadata = home.run("-i", source, "-w", workers, "--chunk-bytes", 100_000, "--profile")
    profile = profile_of(metadata)
    assert 1 <= len(profile.workers) <= workers
    for worker in profile.workers:
        assert list(worker.cpu_seconds) == STAGES
        assert worker.cpu_seconds["read"] > 0
        assert worker.chunks > 0
    together, size = profile.together, source.stat().st_size
    assert size - 200 < together.input_bytes <= size, "all but the header"
    outputs = sum(output["bytes"] for output in metadata["outputs"].values())
    # What stands before the first row and behind the last one, the Parquet footer above all, is the parent's.
    assert outputs / 2 < together.output_bytes < outputs
    assert together.chunks >= size // 100_000
    assert set(profile.parent) == {str(stage) for stage in ParentStage}
    assert all(profile.parent[name] > 0 for name in ("plan", "cut", "collect", "analyse", "report"))


def test_no_more_than_the_processes_used(home: Home, source: Path) -> None:
    """The kernel's count of the engine and its workers bounds the sum of all stages."""
    # A process of its own for the command, which is over, workers and all, when it has been waited for.
    command = [sys.executable, ENGINE, "-i", source, "-o", home.output / "x.csv", "-w", 2, "--profile", "--json"]
    before = spent()
    done = subprocess.run([*map(str, command), "--home", str(home.path)], capture_output=True, text=True, check=True)
    used = spent() - before
    profile = profile_of(json.loads(done.stdout))
    assert profile.together.cpu > 0
    assert profile.together.cpu + sum(profile.parent.values()) <= used + 0.05, "the kernel counts in hundredths"


def test_the_report_draws_it(home: Home, source: Path) -> None:
    """A section with a bar for each worker, and the same bytes in the outputs as without it."""
    metadata = home.run("-i", source, "-w", 2, "--profile")
    page = report_of(home, metadata)
    assert f'<h2 id="profile">{wording.PROFILE_TITLE}</h2>' in page
    assert page.count('<svg class="stack"') == len(metadata["profile"]["workers"])
    before = home.csv(), home.parquet().read_bytes()
    plain = home.run("-i", source, "-w", 2)
    assert (home.csv(), home.parquet().read_bytes()) == before
    assert "profile" not in plain
    assert wording.PROFILE_TITLE not in report_of(home, plain)


def test_one_output_has_one_encoder(home: Home, source: Path) -> None:
    """Without a Parquet file there is no stage that encodes one."""
    (worker,) = profile_of(home.run("-i", source, "-w", 1, "--no-parquet", "--profile")).workers
    assert list(worker.cpu_seconds) == [stage for stage in STAGES if stage != "encode_parquet"]


def test_a_failed_run_tells_how_far_it_came(home: Home, source: Path) -> None:
    """Too many rejects: what was taken in until then, and the engine's own seconds, are in the record."""
    outcome = home.etl("-i", source, "-o", home.output / "x.csv", "-w", 1, "--max-rejects", 0, "--profile")
    assert outcome.code == 4
    shown = home.etl("runs", "show", "latest", "--json")
    profile = profile_of(shown.json)
    assert profile.parent["plan"] > 0
    assert "report" not in profile.parent
    assert [worker.chunks for worker in profile.workers] == [1]
