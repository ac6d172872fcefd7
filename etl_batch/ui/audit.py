"""Audit view: the latest records, a search over all of them, and a verification on demand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from etl_batch.reporting.formatting import counted, moment, visible
from etl_batch.security.audit import AuditLog
from etl_batch.ui import markup

TITLE = "Audit"
LEAD = "Who did what, in a log whose records are chained and signed: a record that is changed, removed or added shows."
VERIFY, VERIFY_HELP = "Verify now", "Reads every record and holds it against key, chain, head and anchor."
CHECKING = "Reading every record …"
WHOLE, TAMPERED = "The log is whole.", "The log was tampered with."
TEXT, TEXT_HELP = "Search", "A part of a user, an action, a target or a detail."
SHOWN = "Records shown"
NOTHING = "No record fits the search."
EMPTY = "The log is empty; it begins with the first action."
SIZES = (50, 200, 1000)


def show_audit(log: AuditLog) -> None:
    """Draw verification, search and the newest records that fit."""
    if st.button(VERIFY, key="audit-verify", help=VERIFY_HELP, type="primary"):
        with st.spinner(CHECKING):
            found = log.verify()
        title = WHOLE if found.ok else TAMPERED
        markup.notice(found.sentence, tone="good" if found.ok else "bad", title=title)
    left, right = st.columns([3, 1])
    text = left.text_input(TEXT, key="audit-text", help=TEXT_HELP).strip()
    limit = right.selectbox(SHOWN, SIZES, key="audit-size") or SIZES[0]
    records = log.search(text=text, limit=limit) if text else log.tail(limit)
    if not records:
        markup.notice(NOTHING if text else EMPTY)
        return
    st.caption(f"{counted(len(records), 'record')}, newest first.")
    st.dataframe(audit_table(records), hide_index=True, height=markup.table_height(len(records), 620))


def audit_table(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a record, all text: hidden characters are spelled out."""
    return pd.DataFrame(
        [
            {
                "No.": record.get("seq"),
                "When": moment(record.get("ts")),
                "User": visible(str(record.get("user")), 64),
                "Action": visible(str(record.get("action")), 64),
                "Target": visible(str(record.get("target")), 120),
                "Outcome": visible(str(record.get("outcome")), 40),
                "Detail": visible(json.dumps(record.get("detail") or {}, ensure_ascii=False), 400),
            }
            for record in records
        ]
    )
