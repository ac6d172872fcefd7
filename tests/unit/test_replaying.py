"""Which runs can be replayed, by which settings, and what is said where they cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from etl_batch.errors import InputRefused, UsageError
from etl_batch.model import Replayed, RunStatus
from etl_batch.record.settings import RunSettings
from etl_batch.replaying import outlook, replay_config, replay_of
from etl_batch.runs.record.directory import RunDirectory
from tests.support import FAILURE, SUCCESS, copied


@pytest.fixture
def home(finished, tmp_path):
    """A home with a success and a failure that a test may change."""
    return copied(finished, tmp_path / "home")


def changed(home, **facts) -> None:
    """The record of the success with other facts."""
    run = RunDirectory(home, SUCCESS)
    run.write_record(replace(run.metadata(), **facts))


def test_the_configuration_is_the_run_s_own(home) -> None:
    """But for what is changed, what names the run, and where the inputs were found."""
    config = replay_config(home, SUCCESS, {"ragged": "pad", "user": "bob", "append": True})
    record = RunDirectory(home, SUCCESS).metadata()
    assert (config.replay_of, config.rerun_of, config.append) == (SUCCESS, SUCCESS, True)
    assert (config.ragged, config.user, config.seed) == ("pad", "bob", 0)
    assert config.inputs == tuple(each.path for each in record.inputs)
    assert str(config.output_csv) == record.config.output_csv
    assert not replay_config(home, SUCCESS, {}).append


def test_the_latest_is_one_that_has_rejects(home) -> None:
    """Not one whose inputs nobody knows."""
    assert replay_config(home, "latest", {}).replay_of == FAILURE
    run = RunDirectory(home, FAILURE)
    run.write_record(replace(run.metadata(), inputs=()))
    assert replay_config(home, "latest", {}).replay_of == SUCCESS


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"inputs": ()}, "read nothing"),
        ({"status": RunStatus.RUNNING}, "not over"),
        ({"config": RunSettings({"inputs": ["a"], "colour": "blue"})}, "another version"),
    ],
)
def test_runs_that_cannot_be_replayed(home, facts, said) -> None:
    """Each with its sentence, before anything is read."""
    changed(home, **facts)
    with pytest.raises(UsageError, match=said):
        replay_config(home, SUCCESS, {"ragged": "pad"})


def test_a_schema_that_is_not_on_record(home) -> None:
    """An earlier version has not kept it."""
    config = replay_config(home, SUCCESS, {"ragged": "pad"})
    values = RunDirectory(home, SUCCESS).metadata().config.values
    changed(home, config=RunSettings({**values, "schema_file": str(home / "data" / "s.json")}))
    with pytest.raises(UsageError, match="not on record"):
        replay_of(config)


def test_what_is_planned(home) -> None:
    """The sources as they were read, and as many rejects as the run had; nothing is known of a run that was cut off."""
    found = replay_of(replay_config(home, SUCCESS, {"ragged": "pad"}))
    record = RunDirectory(home, SUCCESS).metadata()
    assert found.rejected == record.counts.rejected
    assert [source.path for source in found.sources] == [each.path for each in record.inputs]
    assert found.plan().names == [column.name for column in record.schema]
    assert replay_of(replay_config(home, FAILURE, {"ragged": "pad"})).rejected is None
    appended = replay_of(replay_config(home, SUCCESS, {"ragged": "pad", "append": True}))
    assert [source.ordinal for source in appended.sources] == [0, 1]


def test_other_rejects_than_the_run_had(home) -> None:
    """Another version of the engine, or an input that nobody saw change: refused before anything is published."""
    found = replay_of(replay_config(home, SUCCESS, {"ragged": "pad"}))
    assert "are rows now" in found.notes(Replayed(found.rejected, 1, 0))[0]
    assert "blank" in found.notes(Replayed(found.rejected, 1, 1))[0]
    with pytest.raises(InputRefused, match="run it again"):
        found.notes(Replayed(found.rejected + 1, 1, 0))


def test_an_outlook_reads_no_more_than_it_is_asked_for(home) -> None:
    """And says whether there are others."""
    config = replay_config(home, SUCCESS, {"ragged": "pad"})
    whole, some = outlook(config), outlook(config, most=2)
    assert (whole.counts.tried, whole.more) == (RunDirectory(home, SUCCESS).metadata().counts.rejected, False)
    assert (some.counts.tried, some.more) == (2, True)
    assert whole.counts.passed > 0
    assert sum(whole.reasons.values()) == whole.counts.rejected
    assert set(whole.firsts) == set(whole.reasons)
    RunDirectory(home, SUCCESS).file("rejects.jsonl").unlink()
    with pytest.raises(InputRefused, match=r"rejects\.jsonl"):
        outlook(config)
