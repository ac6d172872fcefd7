"""The backups of an output: what they hold, downloads, and the way back, which is confirmed before anything moves."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from etl_batch.datasets import checksum
from etl_batch.datasets.listing import Backup, Output, backups
from etl_batch.datasets.restore import Restored, RestorePlan, plan_restore
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import counted, file_size, moment, visible
from etl_batch.ui.data import wording
from etl_batch.ui.data.checking import show_check
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.summary import RunFile

_PLAN, _DONE, _REFUSED = "etl-restore-plan", "etl-restored", "etl-restore-refused"


def show_backups(doors: Doors, output: Output) -> None:
    """Draw the list, the check and, for those who may, the restore with its second step."""
    markup.section(wording.SECTION, wording.BACKUPS_LEAD)
    _show_outcome(output)
    found = backups(output)
    if not found:
        markup.notice(wording.NONE, tone="plain")
        return
    markup.show("files.html", files=[_file(doors, output, backup) for backup in found])
    names = [backup.path.name for backup in found]
    picked = st.selectbox(wording.BACKUP, names, format_func=lambda name: visible(name, 110), key="data-backup")
    chosen = next((backup for backup in found if backup.path.name == picked), found[0])
    show_check(doors, chosen.path, output.writers, wording.BACKUPS_CHECK, key="backup")
    if doors.restore is None:
        st.caption(wording.REFUSAL)
        return
    st.button(
        wording.RESTORE, key="restore", help=wording.RESTORE_HELP, on_click=_ask, args=(doors, output, chosen.path.name)
    )
    plan = st.session_state.get(_PLAN)
    if plan is not None and plan.steps[0].target == output.path:
        _show_confirmation(doors, plan)


def _file(doors: Doors, output: Output, backup: Backup) -> RunFile:
    maker = backup.maker
    holds = (
        wording.UNKNOWN
        if maker is None
        else wording.BACKUPS_ROWS.format(rows=counted(maker.rows, "row"), run_id=maker.run_id)
    )
    when = wording.REPLACED.format(moment=moment(backup.replaced_at.isoformat()))
    url = doors.backup_url(output.newest.run_id, backup.path.name) if doors.backup_url else None
    size = "" if backup.bytes is None else file_size(backup.bytes)
    return RunFile(backup.path.name, str(backup.path), wording.BACKUP_NOTE.format(holds=holds, when=when), size, url)


def plan_words(plan: RestorePlan) -> list[str]:
    """What a restore will do, a sentence a file, and what does not come back with it."""
    steps = [wording.CONFIRM.format(backup=step.backup.name, target=step.target) for step in plan.steps]
    known = [wording.RUN.format(run_id=plan.run_id)] if plan.run_id else []
    return [*steps, *known, *([plan.alone] if plan.alone else [])]


def done_words(done: Restored) -> Sequence[str]:
    """What a restore has done, a sentence a file."""
    return [
        wording.DONE.format(target=step.target.name, backup=step.backup.name, kept=_kept(done, step.target.name))
        for step in done.plan.steps
    ]


def _kept(done: Restored, name: str) -> str:
    return next((path.name for path in done.kept if path.name.startswith(f"{name}.bak.")), wording.KEPT_NOTHING)


def _show_confirmation(doors: Doors, plan: RestorePlan) -> None:
    with st.container(border=True):
        markup.notice(" ".join(plan_words(plan)), tone="warn", title=wording.CONFIRM_TITLE)
        with st.container(horizontal=True):
            st.button(wording.YES, key="restore-yes", type="primary", on_click=_restore, args=(doors, plan))
            st.button(wording.NO, key="restore-no", on_click=_forget)


def _show_outcome(output: Output) -> None:
    done, refused = st.session_state.get(_DONE), st.session_state.get(_REFUSED)
    if done is not None and output.path in [step.target for step in done.plan.steps]:
        markup.notice(" ".join(done_words(done)), tone="good", title=wording.DONE_TITLE)
    if refused is not None and refused[0] == output.path:
        markup.notice(refused[1], tone="bad")


def _ask(doors: Doors, output: Output, name: str) -> None:
    """The first step's callback: look at what a restore would do."""
    _forget()
    try:
        st.session_state[_PLAN] = plan_restore(doors.home, output.path, name)
    except EtlError as error:
        st.session_state[_REFUSED] = (output.path, error.message)


def _restore(doors: Doors, plan: RestorePlan) -> None:
    """The second step's callback; the door checks the role again. What was restored is then checked by its bytes."""
    _forget()
    target = plan.steps[0].target
    try:
        if doors.restore is not None:
            st.session_state[_DONE] = doors.restore(plan)
            checksum.check(target, doors.home)
    except EtlError as error:
        st.session_state[_REFUSED] = (target, error.message)


def _forget() -> None:
    for key in (_PLAN, _DONE, _REFUSED):
        st.session_state.pop(key, None)
