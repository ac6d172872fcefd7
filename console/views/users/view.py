"""Users view: the accounts, what may be changed about one of them, and how to add another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from console import identity, people, server
from console.links import Link
from console.people import Account
from console.users import Role, User
from console.views.shared.acting import ask_password, attempt, click, say, when
from console.views.shared.proving import ask_proof
from console.views.users import wording
from etl_batch.reporting.formatting import counted, moment, quantity, words
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Card

SHOWN = 100
LINK_KEY, FORM_KEY, ACCOUNT_KEY, ROLES_KEY = "users-link", "users-form", "users-account", "users-roles"
Action = Callable[[str, User | None], str]
"""Something done to the account of a name, by somebody; what is said of it."""


def show_users(home: Path, user: User) -> None:
    """Draw the screen for a super_admin; every action asks again who is there."""
    ask_proof(home)
    say()
    link = st.session_state.pop(LINK_KEY, None)
    if link is not None:
        _show_link(link)
    accounts = people.accounts(home, user)
    markup.cards(_cards(accounts))
    _show_accounts(accounts)
    left, right = st.columns(2, gap="large")
    with left:
        markup.section(wording.CHANGE, wording.CHANGE_LEAD)
        _change(home, accounts)
    with right:
        markup.section(wording.ADD, wording.ADD_LEAD)
        _add(home)
        markup.section(wording.EVERYBODY, wording.EVERYBODY_LEAD)
        action = partial(_end_everybodys, home)
        st.button(wording.END_EVERYBODYS, key="users-end-everybodys", on_click=click, args=(action,), width="stretch")


def _cards(accounts: Sequence[Account]) -> list[Card]:
    able = [account for account in accounts if not account.disabled and not account.invited]
    admins = sum(account.role is Role.SUPER_ADMIN for account in able)
    return [
        Card(wording.ACCOUNTS, quantity(len(accounts)), wording.MAY_SIGN_IN.format(number=quantity(len(able)))),
        Card(wording.SUPER_ADMINS, quantity(admins), wording.LAST_ADMIN),
        Card(wording.OPEN_SESSIONS, quantity(sum(account.sessions for account in accounts))),
    ]


def state(account: Account) -> str:
    """An account's state in words."""
    return wording.DISABLED if account.disabled else wording.INVITED if account.invited else wording.ACTIVE


def _show_accounts(accounts: Sequence[Account]) -> None:
    text = st.text_input(wording.FIND, key="users-find", help=wording.FIND_HELP).strip() if len(accounts) > 10 else ""
    fitting = [account for account in accounts if text.casefold() in account.name.casefold()]
    if not fitting:
        markup.notice(wording.NONE_FIT, tone="warn")
        return
    markup.rows(wording.TITLE, wording.NAMES, [_row(account) for account in fitting[:SHOWN]])
    if len(fitting) > SHOWN:
        st.caption(wording.MORE.format(number=counted(len(fitting), "account"), shown=SHOWN))


def _row(account: Account) -> tuple[str, ...]:
    created, seen = moment(account.created_at), when(account.seen_at)
    return account.name, words(account.role), state(account), created, seen, quantity(account.sessions), origin(account)


def origin(account: Account) -> str:
    """Where an account's holder signs in, in words."""
    return wording.BY_PROVIDER.format(host=urlsplit(account.issuer).netloc) if account.issuer else wording.HERE


def _change(home: Path, accounts: Sequence[Account]) -> None:
    by_name = {account.name: account for account in accounts}
    # Kept before the field is drawn, so that whoever can be chosen is among them even when the drawing is cut off.
    st.session_state[ROLES_KEY] = {each.name: each.role for each in accounts}
    name = st.selectbox(wording.ACCOUNT, list(by_name), key=ACCOUNT_KEY)
    account = by_name.get(str(name))
    if account is None:
        return
    st.selectbox(
        wording.ROLE,
        list(Role),
        index=account.role.rank,
        format_func=words,
        help=wording.ROLE_HELP,
        key=_role_key(account.name, account.role),
    )
    _button(wording.SET_ROLE, partial(_set_role, home))
    if account.disabled:
        _button(wording.ENABLE, partial(_enable, home))
    else:
        _button(wording.DISABLE, partial(_disable, home), wording.DISABLE_HELP)
        helped = wording.RESET_NOT_HERE if account.issuer else wording.RESET_HELP
        _button(wording.RESET, partial(_reset, home), helped, disabled=bool(account.issuer))
    _button(wording.RESET_FACTOR, partial(_reset_factor, home), wording.RESET_FACTOR_HELP, disabled=not account.factor)
    _button(
        wording.END.format(number=quantity(account.sessions)),
        partial(_end, home),
        wording.END_HELP,
        disabled=not account.sessions,
    )
    if account.issuer:
        st.caption(wording.ROLE_FOLLOWS)
    st.caption(wording.KEPT)


def _role_key(name: str, role: Role) -> str:
    """Another key after each change, so that the field follows the account."""
    return f"users-role-{name}-{role}"


def _button(label: str, action: Action, words_of_help: str | None = None, disabled: bool = False) -> None:
    key = f"users-{label.partition(' (')[0]}"
    st.button(label, key=key, help=words_of_help, disabled=disabled, on_click=_click, args=(action,), width="stretch")


def _click(action: Action) -> None:
    """Do it to the account that the field names at the click: the page may not have been drawn since it was chosen."""
    name = str(st.session_state[ACCOUNT_KEY])
    click(lambda by: action(name, by))


def _set_role(home: Path, name: str, by: User | None) -> str:
    """The role as its field says it at the click; an account whose field is not drawn yet keeps its role."""
    role: Role = st.session_state[ROLES_KEY][name]
    changed = people.change_role(home, name, Role(st.session_state.get(_role_key(name, role), role)), by)
    return wording.ROLE_DONE.format(name=changed.name, role=changed.role)


def _disable(home: Path, name: str, by: User | None) -> str:
    return wording.DISABLED_DONE.format(name=people.disable(home, name, by).name)


def _enable(home: Path, name: str, by: User | None) -> str:
    return wording.ENABLED_DONE.format(name=people.enable(home, name, by).name)


def _reset(home: Path, name: str, by: User | None) -> str:
    st.session_state[LINK_KEY] = people.reset_link(home, name, by)
    return wording.LINKED.format(name=name)


def _reset_factor(home: Path, name: str, by: User | None) -> str:
    return wording.FACTOR_RESET.format(name=people.reset_factor(home, name, by).name)


def _end(home: Path, name: str, by: User | None) -> str:
    ended = people.end_sessions(home, name, by)
    return wording.ENDED.format(name=name, number=counted(ended, "session"))


def _end_everybodys(home: Path, by: User | None) -> str:
    ended = people.end_everybodys_sessions(home, by, identity.current_session())
    return wording.ENDED_EVERYBODYS.format(number=counted(ended, "session"))


@st.fragment
def _add(home: Path) -> None:
    """The form; a fragment, so that typing a password draws nothing else anew."""
    form = st.session_state.setdefault(FORM_KEY, 0)
    name = st.text_input(wording.NAME, key=f"add-name-{form}", help=wording.NAME_HELP, autocomplete="off").strip()
    picked = st.selectbox(wording.ROLE, list(Role), format_func=words, help=wording.ROLE_HELP, key=f"add-role-{form}")
    role = Role(picked or Role.VIEWER)
    how = st.radio(wording.HOW, (wording.BY_LINK, wording.BY_PASSWORD), key=f"add-how-{form}")
    typed = ask_password(name, f"add-{form}") if how == wording.BY_PASSWORD else None

    def create(by: User | None) -> str:
        if typed is None:
            st.session_state[LINK_KEY] = people.invite(home, name, role, by)
        else:
            people.add(home, name, role, typed(), by)
        # Fields with other keys are empty ones.
        st.session_state[FORM_KEY] = form + 1
        return wording.ADDED.format(name=name, role=role)

    if st.button(wording.CREATE, key="users-create", type="primary", width="stretch"):
        if attempt(create):
            st.rerun()
        say()


def _show_link(link: Link) -> None:
    """The only time that a link is shown."""
    st.dialog(wording.LINK_TITLE, width="medium")(_draw_link)(link)


def _draw_link(link: Link) -> None:
    markup.notice(wording.LINK_WORDS.format(name=link.user, until=when(link.expires_at)))
    st.code(f"{_site()}{link.path}", language=None, wrap_lines=True)


def _site() -> str:
    """Where this browser finds the console."""
    seen = urlsplit(st.context.url or "")
    return f"{seen.scheme}://{seen.netloc}" if seen.netloc else server.address()
