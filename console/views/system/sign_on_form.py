"""Single sign-on as a form: the provider, what its claims mean here, and a secret that is typed and never shown."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from console.single import configuration, saving
from console.single.configuration import SignOn
from console.single.signing_in import CALLBACK
from console.users import Role, User
from console.views.shared.acting import attempt, say
from console.views.system import wording
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import words
from etl_batch.ui.shared import chosen, markup

PART, PROBLEM_KEY = "sign-on", "sign-on-problem"
TEXTS = ("issuer", "client_id", "scopes", "name_claim", "role_claim", "label", "acr", "address")
SWITCHES = ("enabled", "create", "local_sign_in")


def show_sign_on(home: Path) -> None:
    """Draw the form for a super_admin; saving asks again who is there, and for a proof."""
    markup.section(wording.SIGN_ON, wording.SIGN_ON_LEAD.format(path=CALLBACK))
    found, secret = configuration.load(home), configuration.secret(home)
    with st.form("sign-on"):
        _switch("enabled", found)
        left, right = st.columns(2, gap="large")
        with left:
            _text("issuer", found)
            _text("client_id", found)
            _ask_secret(secret)
            _text("scopes", found)
            _text("address", found)
            _text("label", found)
        with right:
            _text("name_claim", found)
            _text("role_claim", found)
            _ask_roles(found)
            _text("acr", found)
            _switch("create", found)
            _switch("local_sign_in", found)
        st.form_submit_button(wording.SIGN_ON_SAVE, key="sign-on-save", on_click=_save, args=(home,))
        say(PART)


def _key(field: str) -> str:
    return f"sign-on-{field}"


def _text(field: str, found: SignOn) -> None:
    label, help_ = wording.SIGN_ON_FIELDS[field]
    st.text_input(label, getattr(found, field), key=_key(field), help=help_, autocomplete="off")
    _problem(field)


def _switch(field: str, found: SignOn) -> None:
    label, help_ = wording.SIGN_ON_FIELDS[field]
    st.checkbox(label, getattr(found, field), key=_key(field), help=help_)


def _ask_secret(secret: str | None) -> None:
    label, help_ = wording.SIGN_ON_FIELDS["secret"]
    kept = wording.NOT_SET if secret == "" else wording.IS_LOST if secret is None else wording.IS_SET
    st.text_input(label, type="password", key=_key("secret"), help=help_, placeholder=kept, autocomplete="new-password")
    if secret != "":
        st.checkbox(wording.REMOVE.format(name=label[0].lower() + label[1:]), key=_key("secret-remove"))
    _problem("secret")


def _ask_roles(found: SignOn) -> None:
    label, help_ = wording.SIGN_ON_FIELDS["roles"]
    lines = "\n".join(f"{value} = {role}" for value, role in found.roles)
    st.text_area(label, lines, key=_key("roles"), help=help_, height=96, placeholder=wording.ROLES_EXAMPLE)
    _problem("roles")
    label, help_ = wording.SIGN_ON_FIELDS["default_role"]
    choices = [chosen.NONE, *Role]
    st.selectbox(
        label,
        choices,
        choices.index(found.default_role or chosen.NONE),
        format_func=_role_word,
        key=_key("default_role"),
        help=help_,
    )


def _role_word(role: str) -> str:
    return wording.NO_ROLE if role == chosen.NONE else words(role)


def _problem(field: str) -> None:
    """What is wrong with a field, below it."""
    wrong, sentence = st.session_state.get(PROBLEM_KEY, ("", ""))
    if wrong == field:
        markup.notice(sentence, tone="bad")


def typed() -> SignOn:
    """The settings as the form's fields have them; raises `UsageError` for a mapping that is none."""
    state: dict[str, Any] = {field: st.session_state.get(_key(field)) for field in (*TEXTS, *SWITCHES, "default_role")}
    values: dict[str, Any] = {field: str(state[field] or "") for field in TEXTS}
    values |= {field: bool(state[field]) for field in SWITCHES}
    roles = configuration.parse_roles(str(st.session_state.get(_key("roles")) or "").splitlines())
    return SignOn(**values, roles=roles, default_role=chosen.meant(state["default_role"]))


def _save(home: Path) -> None:
    """The button's callback: all of it or nothing; what is wrong is kept for its field."""
    st.session_state.pop(PROBLEM_KEY, None)
    if attempt(partial(_change, home), PART):
        # A secret does not stay in the page, not even as dots.
        st.session_state[_key("secret")], st.session_state[_key("secret-remove")] = "", False


def _change(home: Path, user: User | None) -> str:
    secret = str(st.session_state.get(_key("secret")) or "")
    forget = bool(st.session_state.get(_key("secret-remove"), False))
    try:
        changed = saving.save(home, user, typed(), secret, forget_secret=forget)
    except EtlError as error:
        st.session_state[PROBLEM_KEY] = (error.facts.get("field", ""), error.message)
        raise
    return wording.SIGN_ON_SAVED if changed else wording.UNCHANGED
