"""The field for one's own password at the head of screens whose actions take a proof of who acts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from console import account, identity, proof
from console.users import User
from console.views.shared import wording
from console.views.shared.acting import click, say
from etl_batch.ui.shared import markup

PART, FIELD_KEY = "proof", "proof-password"


def ask_proof(home: Path) -> None:
    """Draw the field while the last proof is too long ago."""
    say(PART)
    number = identity.current_session()
    if not number or proof.is_fresh(home, number):
        return
    markup.section(wording.PROVE, wording.PROVE_LEAD)
    with st.form("proof", clear_on_submit=True):
        st.text_input(wording.OWN_PASSWORD, type="password", key=FIELD_KEY, autocomplete="current-password")
        st.form_submit_button(wording.PROVE_IT, on_click=click, args=(partial(_prove, home), PART))


def _prove(home: Path, user: User | None) -> str:
    account.prove(home, user, str(st.session_state.get(FIELD_KEY, "")), identity.current_session())
    return wording.PROVED
