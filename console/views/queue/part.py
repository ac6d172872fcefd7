"""Queue part: the runs that wait, in their order, with the ways to change it. Home and Live draw it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from console import identity, jobs, settings
from console.actions import may
from console.cron import span
from console.jobs import Move, QueuedJob
from console.users import User
from console.views.queue import wording
from console.views.shared.acting import begin, click, keep, say
from etl_batch.record.originals import name_of
from etl_batch.reporting.formatting import counted, parse_moment
from etl_batch.ui.shared import markup

TICK_SECONDS = 2.0
SHOWN = 20
PART = "queue"


def show_queue(home: Path, user: User) -> None:  # noqa: ARG001  a view is handed its user; each tick asks anew
    """Draw the runs that wait, with buttons for what this user may do; without any draw nothing."""
    begin(PART)
    if _waiting(jobs.list_queue(home)):
        _watch(home)
    else:
        say(PART, stays=True)


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path) -> None:
    """One tick. When nothing waits any more the page is drawn again, without a timer."""
    user = identity.require("queue.list")
    queue = jobs.list_queue(home)
    waiting = _waiting(queue)
    if not waiting:
        keep(PART)
        st.rerun()
    lead = wording.LEAD.format(runners=settings.get(home, "runners"), running=len(queue) - len(waiting))
    markup.section(wording.TITLE, lead)
    say(PART, stays=True)
    movable = [job.run_id for job in waiting if may(user, "queue.move", within=job.user == user.name)]
    for place, job in enumerate(waiting[:SHOWN], 1):
        with st.container(border=True):
            facts = _facts(job, datetime.now(UTC))
            markup.show(
                "headline.html", status=wording.PLACE.format(place=place), tone="plain", run_id=job.run_id, facts=facts
            )
            if job.run_id in movable:
                _buttons(home, job.run_id, movable)
    if len(waiting) > SHOWN:
        st.caption(wording.MORE.format(count=counted(len(waiting) - SHOWN, "run")))


def _waiting(queue: list[QueuedJob]) -> list[QueuedJob]:
    return [job for job in queue if job.state == "queued"]


def _facts(job: QueuedJob, now: datetime) -> str:
    asked = parse_moment(job.enqueued_at)
    waits = span((now - asked).total_seconds() if asked is not None else 0.0)
    inputs = ", ".join(name_of(job.config.home, value) for value in job.config.inputs)
    facts = wording.FACTS.format(inputs=inputs, user=job.user, span=waits)
    return facts + (wording.OF_SCHEDULE.format(name=job.schedule) if job.schedule else "")


def _buttons(home: Path, run_id: str, movable: list[str]) -> None:
    first, last = movable[0] == run_id, movable[-1] == run_id
    with st.container(horizontal=True):
        for move, label, words, off in (
            (Move.UP, wording.UP, wording.UP_HELP, first),
            (Move.DOWN, wording.DOWN, wording.DOWN_HELP, last),
            (Move.FRONT, wording.FRONT, wording.FRONT_HELP, first),
        ):
            st.button(
                label, key=f"queue-{move}-{run_id}", help=words, disabled=off, on_click=_move, args=(home, run_id, move)
            )
        st.button(
            wording.CANCEL,
            key=f"queue-cancel-{run_id}",
            help=wording.CANCEL_HELP,
            on_click=_cancel,
            args=(home, run_id),
        )


def _move(home: Path, run_id: str, where: Move) -> None:
    def do(user: User | None) -> str:
        jobs.move(home, run_id, where, user)
        return wording.MOVED.format(run_id=run_id)

    click(do, PART)


def _cancel(home: Path, run_id: str) -> None:
    def do(user: User | None) -> str:
        report = jobs.cancel(home, run_id, user)
        return (wording.STARTED if report.signalled else wording.CANCELLED).format(run_id=run_id)

    click(do, PART)
