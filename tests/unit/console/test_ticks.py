"""A tick of a page that is gone is told from one of a page that is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from console import ticks


@pytest.fixture
def storage() -> MemoryFragmentStorage:
    """Streamlit's own, with one fragment of the page that is shown."""
    kept = MemoryFragmentStorage()
    kept._fragments["here"] = lambda: None
    return kept


@pytest.fixture(autouse=True)
def streamlit_as_it_was() -> Iterator[None]:
    """Each test leaves the runner as it found it."""
    before = ScriptRunner._run_script
    yield
    ScriptRunner._run_script = before  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("asked", "by_timer", "late"),
    [
        (["gone"], True, True),
        (["gone", "here"], True, False),
        (["here"], True, False),
        (["gone"], False, False),
        ([], False, False),
        ([], True, False),
    ],
)
def test_only_timers_of_gone_fragments_are_late(
    storage: MemoryFragmentStorage, asked: list[str], by_timer: bool, late: bool
) -> None:
    """A click, a whole run, and a tick beside one that is wanted all run."""
    assert ticks.is_late(storage, RerunData(fragment_id_queue=asked, is_auto_rerun=by_timer)) is late


def test_the_runner_leaves_late_ticks_alone(storage: MemoryFragmentStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through Streamlit's own method: the late one never begins, and installing it twice changes nothing."""
    begun: list[RerunData] = []
    monkeypatch.setattr(ticks, "_run_script", lambda _runner, rerun: begun.append(rerun))
    ticks.ignore_late_ticks()
    ticks.ignore_late_ticks()
    runner = ScriptRunner.__new__(ScriptRunner)
    runner._fragment_storage = storage
    wanted = RerunData(fragment_id_queue=["here"], is_auto_rerun=True)
    runner._run_script(RerunData(fragment_id_queue=["gone"], is_auto_rerun=True))
    runner._run_script(wanted)
    assert begun == [wanted]
