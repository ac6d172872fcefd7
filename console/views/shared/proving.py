"""The field for one's own password, or the way to the provider, at the head of screens whose actions take a proof."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

import streamlit as st

from console import account, factors, identity, proof, users
from console.passkeys import store as passkeys
from console.passkeys.pages import PROOF_PATH
from console.single.journeys import PATH as BEGIN
from console.users import User
from console.views.shared import wording
from console.views.shared.acting import click, say
from etl_batch.ui.shared import markup

PART, FIELD_KEY, CODE_KEY = "proof", "proof-password", "proof-code"


def ask_proof(home: Path) -> None:
    """Draw the field while the last proof is too long ago."""
    say(PART)
    number = identity.current_session()
    if not number or proof.is_fresh(home, number):
        return
    user = identity.current_user()
    if user is not None and users.from_provider(home, user.name):
        target = f"{BEGIN}?{urlencode({'again': 1, 'next': identity.here()})}"
        markup.section(wording.PROVE, wording.PROVE_THERE_LEAD)
        markup.show("link.html", url=target, label=wording.PROVE_THERE, same=True)
        return
    markup.section(wording.PROVE, wording.PROVE_LEAD)
    with st.form("proof", clear_on_submit=True):
        st.text_input(wording.OWN_PASSWORD, type="password", key=FIELD_KEY, autocomplete="current-password")
        ask_code(home, user, CODE_KEY)
        st.form_submit_button(wording.PROVE_IT, on_click=click, args=(partial(_prove, home), PART))
    _offer_passkey(home, user)


def _offer_passkey(home: Path, user: User | None) -> None:
    """The way to the page on which a passkey is shown instead, for whoever has one for this address."""
    site = identity.site()
    if user is not None and site is not None and passkeys.ids(home, user.name, site.rp_id):
        target = f"{PROOF_PATH}?next={quote(identity.here(), safe='')}"
        markup.show("link.html", url=target, label=wording.PROVE_BY_PASSKEY, same=True)


def ask_code(home: Path, user: User | None, key: str) -> None:
    """Draw the field for a code beside that for the password, where the account has a second factor."""
    if user is not None and factors.find(home, user.name):
        st.text_input(wording.CODE, key=key, help=wording.CODE_HELP, autocomplete="one-time-code")


def typed_code(key: str) -> str:
    """What the field for a code holds; empty where there is none."""
    return str(st.session_state.get(key, ""))


def _prove(home: Path, user: User | None) -> str:
    password = str(st.session_state.get(FIELD_KEY, ""))
    account.prove(home, user, password, identity.current_session(), typed_code(CODE_KEY))
    return wording.PROVED
