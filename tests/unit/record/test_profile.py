"""The profile in a record: there when it was asked for, added up by worker, and read whatever wrote it."""

from __future__ import annotations

import json
import pickle

import pytest

from etl_batch.record.profile import ParentStage, RunProfile, WorkerProfile, WorkerStage, encode_stage, sink_of
from etl_batch.record.run import RunRecord
from etl_batch.record.values import Json

ONE = WorkerProfile({WorkerStage.READ: 1.0, encode_stage("csv"): 0.5}, 0.25, 100, 70, 1)
OTHER = WorkerProfile({WorkerStage.READ: 2.0, WorkerStage.PLACE: 0.125}, 0.5, 50, 30, 2)


def test_workers_add_up() -> None:
    """Stage by stage, in any order; nothing is what changes nothing."""
    both = WorkerProfile({"read": 3.0, "encode_csv": 0.5, "place": 0.125}, 0.75, 150, 100, 3)
    assert ONE + OTHER == OTHER + ONE == both
    assert ONE + WorkerProfile() == ONE
    assert RunProfile({}, (ONE, OTHER)).together == both
    assert both.cpu == 3.625


def test_it_crosses_processes() -> None:
    """A chunk's profile goes back to the parent."""
    assert pickle.loads(pickle.dumps(ONE)) == ONE


def test_stages_of_sinks() -> None:
    """A sink has a stage of its own; the others are no sink's."""
    assert encode_stage("csv") == "encode_csv"
    assert sink_of("encode_csv") == "csv"
    assert not any(sink_of(stage) for stage in [*WorkerStage, *ParentStage])


def test_the_record_keeps_it() -> None:
    """What is written is read again, to the microsecond; a record without one has no such key."""
    profile = RunProfile({ParentStage.PLAN: 0.1234567}, (ONE, OTHER))
    written = json.loads(json.dumps(RunRecord("r", profile=profile).to_json()))
    assert written["profile"] == {
        "parent": {"plan": 0.123457},
        "workers": [
            {
                "cpu_seconds": {"read": 1.0, "encode_csv": 0.5},
                "wait_seconds": 0.25,
                "input_bytes": 100,
                "output_bytes": 70,
                "chunks": 1,
            },
            {
                "cpu_seconds": {"read": 2.0, "place": 0.125},
                "wait_seconds": 0.5,
                "input_bytes": 50,
                "output_bytes": 30,
                "chunks": 2,
            },
        ],
    }
    read = RunRecord.from_json(written)
    assert read.profile == RunProfile({"plan": 0.123457}, (ONE, OTHER))
    assert read.to_json()["profile"] == written["profile"]
    assert "profile" not in RunRecord("r").to_json()
    assert RunRecord.from_json(RunRecord("r").to_json()).profile is None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, None),
        ("fast", None),
        ({}, None),
        ([1], None),
        ({"later": 1}, RunProfile()),
        ({"parent": [1], "workers": {"a": 1}}, RunProfile()),
        (
            {"parent": {"plan": -1, "dream": 2.5}, "workers": [7, {}]},
            RunProfile({"plan": 0, "dream": 2.5}, (WorkerProfile(),)),
        ),
        (
            {"workers": [{"cpu_seconds": {"read": "x"}, "wait_seconds": float("nan"), "input_bytes": 5}]},
            RunProfile({}, (WorkerProfile({"read": 0}, 0, 5),)),
        ),
    ],
)
def test_whatever_wrote_it(given: Json, read: RunProfile | None) -> None:
    """Odd values have their defaults, stages of another version are kept."""
    assert RunProfile.from_json(given) == read
