"""The passkeys of the own account: which there are, and the ways to add one and to remove one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from console import identity, proof, sentences
from console.passkeys import own as own_passkeys
from console.passkeys import store as passkeys
from console.passkeys.pages import ADD_PATH
from console.passkeys.sites import local_address
from console.passkeys.store import Passkey
from console.users import User
from console.views.account import wording
from console.views.shared.acting import click, when
from etl_batch.ui.shared import markup


def show_passkeys(home: Path, user: User) -> None:
    """Draw them, the first added first, and the way to the page on which one is added."""
    found = passkeys.list_passkeys(home, user.name)
    if not found:
        st.caption(wording.NO_PASSKEYS)
    for passkey in found:
        _show_passkey(home, passkey)
    if len(found) >= passkeys.MOST:
        st.caption(sentences.PASSKEYS_ENOUGH.format(most=passkeys.MOST))
    elif identity.site() is None:
        st.caption(sentences.NO_PASSKEYS_HERE.format(local=local_address(identity.host()), host=identity.host()))
    elif not proof.is_fresh(home, identity.current_session()):
        st.caption(wording.PROVE_FIRST)
    else:
        markup.show("link.html", url=ADD_PATH, label=wording.ADD_PASSKEY, same=True)


def _show_passkey(home: Path, passkey: Passkey) -> None:
    facts = [(wording.PASSKEY, passkey.label), (wording.HOST, passkey.rp_id)]
    facts += [(wording.ADDED, when(passkey.added_at)), (wording.USED, when(passkey.used_at))]
    with st.container(border=True):
        markup.show("table.html", pairs=facts)
        label, action = wording.REMOVE.format(label=markup.plain(passkey.label)), partial(_remove, home, passkey.number)
        key = f"passkey-remove-{passkey.number}"
        st.button(label, key=key, help=wording.REMOVE_HELP, on_click=click, args=(action,))


def _remove(home: Path, number: str, user: User | None) -> str:
    return wording.REMOVED.format(label=own_passkeys.remove(home, user, number))
