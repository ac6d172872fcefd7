"""Audit view: is the log whole, the records that fit a search page by page, and their export."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import counted, duration, moment, percent, visible
from etl_batch.security.audit_format import AuditFiles
from etl_batch.security.audit_search import AuditFilter, Names, SearchStep, names_seen, search
from etl_batch.security.audit_watch import AuditState, Verified, audit_state, look, verify_in_background, wait
from etl_batch.ui.audit import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared import wording as shared_wording
from etl_batch.ui.shared.tables import in_figures

SIZES = (50, 200, 1000)
PATIENCE_SECONDS, TICK_SECONDS = 0.3, 1.0
REFUSED_KEY, TRAIL_KEY = "audit-refused", "audit-trail"
CELL = 400

Allowed = Callable[[], object]
"""Raises `EtlError` unless whoever is signed in now may read the audit log."""


def show_audit(home: Path, allowed: Allowed, export_url: Callable[[AuditFilter, str], str] | None = None) -> None:
    """Draw verification, search, one page of records, and the export (`export_url`: of a search, in a form)."""
    _show_verification(home, allowed)
    markup.section(wording.RECORDS)
    log = AuditFiles.of(home).log
    wanted, limit = _ask(names_seen(log))
    trail = _trail(wanted, limit)
    step = search(log, wanted, limit, trail[-1])
    _show_records(step, bool(wanted.given()), len(trail))
    _show_pager(trail, step, limit)
    if export_url is not None:
        markup.section(wording.EXPORT, wording.EXPORT_LEAD)
        links = [{"url": export_url(wanted, form), "label": label} for form, label in wording.EXPORT_LINKS]
        markup.show("export_links.html", links=links)


def show_alarm(home: Path) -> None:
    """Say so when the last verification found the log tampered with; draws nothing otherwise."""
    last = audit_state(home).last
    if last is not None and not last.ok:
        markup.notice(last.sentence, tone="bad", title=verdict(last))


def verdict(last: Verified) -> str:
    """The result of a verification in one short sentence."""
    if last.ok:
        return wording.TORN if last.torn else wording.WHOLE
    return wording.TAMPERED if last.first_bad is None else wording.TAMPERED_AT.format(seq=last.first_bad)


def verified_when(state: AuditState) -> list[str]:
    """When the last result is of, and what it is not about."""
    last = state.last
    if last is None:
        return []
    said = [wording.WHEN.format(at=moment(last.at), seconds=duration(last.seconds))]
    if last.known:
        records = counted(last.known, "record")
        said.append(wording.READ_BEFORE.format(records=records, at=moment(last.read_at)))
    if state.since:
        said.append(wording.SINCE_THEN.format(records=counted(state.since, "record")))
    elif not state.current:
        said.append(wording.CHANGED_SINCE)
    return said


# Verification --------------------------------------------------------------------------------------------------------


def _show_verification(home: Path, allowed: Allowed) -> None:
    markup.section(wording.STATE)
    # What the page says is about the log as it stands: what has come since is read as it is opened.
    state = look(home, PATIENCE_SECONDS)
    if state.last is not None:
        _show_result(state.last, state)
    elif not state.checking:
        markup.notice(wording.NEVER)
    if state.checking:
        _watch(home, allowed)
    refused = st.session_state.pop(REFUSED_KEY, None)
    if refused:
        markup.notice(refused, tone="bad")
    st.button(
        wording.VERIFY,
        type="primary",
        key="audit-verify",
        help=wording.VERIFY_HELP,
        disabled=state.checking,
        on_click=_verify,
        args=(home, allowed),
    )


def _show_result(last: Verified, state: AuditState) -> None:
    tone: markup.Tone = "bad" if not last.ok else "warn" if last.torn or not state.current else "good"
    title = verdict(last) if state.current or not last.ok else wording.WAS_WHOLE
    markup.notice(" ".join([last.sentence, *verified_when(state)]), tone=tone, title=title)
    if not last.ok:
        markup.show("steps.html", steps=wording.WHAT_TO_DO)


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path, allowed: Allowed) -> None:
    """One tick of a verification under way; the page is drawn anew when it is over."""
    try:
        allowed()
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        st.stop()
    state = audit_state(home)
    if not state.checking:
        st.rerun()
    share = state.fraction
    markup.show(
        "progress.html",
        title=wording.CHECKING_TITLE,
        words=wording.CHECKING,
        fraction=f"{share:.4f}",
        percent=percent(share),
    )


def _verify(home: Path, allowed: Allowed) -> None:
    """The button's callback: a short log is verified by the time the page is drawn."""
    try:
        allowed()
    except EtlError as error:
        st.session_state[REFUSED_KEY] = error.message
        return
    verify_in_background(home)
    wait(home, PATIENCE_SECONDS)


# Search --------------------------------------------------------------------------------------------------------------


def _ask(names: Names) -> tuple[AuditFilter, int]:
    """The search as the fields say it, and how many records go on a page."""
    text = st.text_input(wording.TEXT, key="audit-text", help=wording.TEXT_HELP).strip()
    first, second, third = st.columns(3)
    user = _choice(first, wording.USER, names.users, "audit-user")
    action = _choice(second, wording.ACTION, names.actions, "audit-action")
    outcome = _choice(third, wording.OUTCOME, names.outcomes, "audit-outcome")
    left, middle, right, last = st.columns([2, 1, 1, 1])
    target = left.text_input(wording.TARGET, key="audit-target", help=wording.TARGET_HELP).strip()
    since = middle.date_input(
        wording.SINCE, None, format=shared_wording.DAY_FORMAT, key="audit-since", help=wording.DAY_HELP
    )
    until = right.date_input(
        wording.UNTIL, None, format=shared_wording.DAY_FORMAT, key="audit-until", help=wording.DAY_HELP
    )
    limit = last.selectbox(wording.SIZE, SIZES, key="audit-size") or SIZES[0]
    days = {"since": _midnight(since, 0), "until": _midnight(until, 1)}
    return AuditFilter(text=text, user=user, action=action, outcome=outcome, target=target, **days), limit


def _choice(place: DeltaGenerator, label: str, names: Sequence[str], key: str) -> str:
    picked = place.selectbox(
        label,
        (wording.ANY, *names),
        key=key,
        help=wording.CHOICE_HELP,
        accept_new_options=True,
        format_func=lambda name: visible(name),
    )
    return "" if picked in (None, wording.ANY) else str(picked)


def _midnight(day: object, later: int) -> str:
    """The beginning of a day, or of one some days later, as the log writes moments; empty without a day."""
    return f"{day + timedelta(days=later)}T00:00:00.000Z" if isinstance(day, date) else ""


def _trail(wanted: AuditFilter, limit: int) -> list[int | None]:
    """Where each page up to the one shown begins; a new search begins at the end of the log."""
    kept = st.session_state.get(TRAIL_KEY)
    if kept is None or kept[0] != (wanted, limit):
        begin: list[int | None] = [None]
        kept = st.session_state[TRAIL_KEY] = ((wanted, limit), begin)
    trail: list[int | None] = kept[1]
    return trail


def _show_records(step: SearchStep, narrowed: bool, page: int) -> None:
    if not step.records:
        if step.resume is not None:
            markup.notice(wording.NOT_YET.format(reached=moment(step.reached)), tone="warn")
        else:
            markup.notice(wording.NOTHING if narrowed else wording.EMPTY)
        return
    number, reached = counted(len(step.records), "record"), moment(step.records[-1].get("ts"))
    st.caption(wording.SHOWN.format(number=number, reached=reached))
    picked = st.dataframe(
        in_figures(audit_table(step.records)),
        hide_index=True,
        height=markup.table_height(len(step.records), 620),
        on_select="rerun",
        selection_mode="single-row",
        key=f"audit-table-{page}",
    )
    for index in picked["selection"]["rows"][:1]:
        if index < len(step.records):
            _show_record(step.records[index])


def _show_record(record: Mapping[str, object]) -> None:
    markup.section(wording.RECORD.format(seq=record.get("seq")))
    names = ("ts", "user", "action", "target", "outcome", "detail", "prev", "mac")
    markup.show("table.html", pairs=[(name, _text(record.get(name))) for name in names])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _show_pager(trail: list[int | None], step: SearchStep, limit: int) -> None:
    """Buttons to the pages before and after. A search that has not looked at everything says so."""
    halted = step.resume is not None and len(step.records) < limit
    if halted and step.records:
        markup.notice(wording.SOME.format(reached=moment(step.reached)), tone="warn")
    left, right, _rest = st.columns([1, 1, 2])
    if len(trail) > 1:
        left.button(wording.NEWER, key="audit-newer", on_click=_back, args=(trail,), width="stretch")
    if step.resume is not None:
        label = wording.GO_ON if halted else wording.OLDER
        right.button(label, key="audit-older", on_click=trail.append, args=(step.resume,), width="stretch")


def _back(trail: list[int | None]) -> None:
    del trail[max(1, len(trail) - 1) :]


def audit_table(records: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """One row a record, all text: hidden characters are spelled out."""
    return pd.DataFrame(
        [
            {
                wording.NUMBER: record.get("seq"),
                wording.MOMENT: moment(record.get("ts")),
                wording.USER: visible(str(record.get("user")), 64),
                wording.ACTION: visible(str(record.get("action")), 64),
                wording.TARGET: visible(str(record.get("target")), 120),
                wording.OUTCOME: visible(str(record.get("outcome")), 40),
                wording.DETAIL: visible(json.dumps(record.get("detail") or {}, ensure_ascii=False), CELL),
            }
            for record in records
        ]
    )
