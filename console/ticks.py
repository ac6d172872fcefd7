"""Late ticks: the timer of a page that is gone may still fire, and must not blank the page that followed."""

from __future__ import annotations

from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_run_script = ScriptRunner._run_script  # noqa: SLF001 - the one place where every run passes


def ignore_late_ticks() -> None:
    """Let a run that only late ticks asked for come to nothing.

    A browser's timer may fire between a click that leads to another page and the moment it hears of that page.
    Streamlit (1.67) finds no fragment for such a tick, yet tells the browser of a run of the former page; the browser
    drops every element that it shows, and the ticks of the new page find no place to draw in.
    """
    ScriptRunner._run_script = _run_unless_late  # type: ignore[assignment, method-assign]  # noqa: SLF001


def is_late(storage: FragmentStorage, rerun: RerunData) -> bool:
    """Whether a run was asked for by timers alone, of fragments that are all gone."""
    asked = rerun.fragment_id_queue
    return rerun.is_auto_rerun and bool(asked) and not any(storage.contains(fragment) for fragment in asked)


def _run_unless_late(runner: ScriptRunner, rerun_data: RerunData) -> None:
    if not is_late(runner._fragment_storage, rerun_data):  # noqa: SLF001
        _run_script(runner, rerun_data)
