"""Users view: the accounts, what may be changed about one of them, and how to add another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from console import people, server
from console.links import Link
from console.people import Account
from console.users import Role, User
from console.views.shared.acting import ask_password, attempt, click, say, when
from etl_batch.reporting.formatting import counted, moment, quantity, words
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Card

TITLE, LEAD = "Users", "Accounts, their roles and their sessions."
NAMES = ("Name", "Role", "State", "Created", "Last seen", "Open sessions")
ACTIVE, DISABLED, INVITED = "active", "disabled", "waits for its first password"
SHOWN, FIND, FIND_HELP = 100, "Find an account", "A part of its name."
MORE = "{number} fit; the first {shown} are shown."
NONE_FIT = "No account has that in its name."
CHANGE, CHANGE_LEAD = "Change an account", "Takes effect at once, on pages that are open too."
ACCOUNT, ROLE = "Account", "Role"
ROLE_HELP = "A viewer looks and downloads, an operator also launches presets, a super_admin may do everything."
SET_ROLE, DISABLE, ENABLE = "Change role", "Disable", "Enable"
DISABLE_HELP = "Nobody can sign in with the account any more, and its sessions end."
RESET, RESET_HELP = "Make a reset link", "Its holder chooses a new password. The old one works until then."
END, END_HELP = "End sessions", "Signs the account out everywhere."
KEPT = "Accounts are not deleted, because the history and the audit log name them. Disable those that are not used."
ADD, ADD_LEAD = "Add an account", "Best by a one-time link: then nobody but its holder knows the password."
NAME, NAME_HELP = "User name", "1 to 64 letters, digits, dots, dashes, @ and underscores."
HOW, BY_LINK, BY_PASSWORD = "First password", "chosen by its holder, through a one-time link", "typed here"
CREATE = "Add account"
LINK_TITLE = "One-time link"
LINK_WORDS = (
    "Give this link to {name} on a way that only they read. It works once, until {until}, and is not shown again: "
    "copy it now, or make another one later."
)
ROLE_DONE, DISABLED_DONE, ENABLED_DONE = "{name} is {role} now.", "{name} is disabled.", "{name} is enabled."
ENDED, LINKED, ADDED = "{name}: {number} ended.", "A link for {name} was made.", "{name} was added as {role}."
LINK_KEY, FORM_KEY = "users-link", "users-form"


def show_users(home: Path, user: User) -> None:
    """Draw the screen for a super_admin; every action asks again who is there."""
    say()
    link = st.session_state.pop(LINK_KEY, None)
    if link is not None:
        _show_link(link)
    accounts = people.accounts(home, user)
    markup.cards(_cards(accounts))
    _show_accounts(accounts)
    left, right = st.columns(2, gap="large")
    with left:
        markup.section(CHANGE, CHANGE_LEAD)
        _change(home, accounts)
    with right:
        markup.section(ADD, ADD_LEAD)
        _add(home)


def _cards(accounts: Sequence[Account]) -> list[Card]:
    able = [account for account in accounts if not account.disabled and not account.invited]
    admins = sum(account.role is Role.SUPER_ADMIN for account in able)
    return [
        Card("Accounts", quantity(len(accounts)), f"{quantity(len(able))} may sign in"),
        Card("Super admins", quantity(admins), "the last one cannot be removed"),
        Card("Open sessions", quantity(sum(account.sessions for account in accounts))),
    ]


def state(account: Account) -> str:
    """An account's state in words."""
    return DISABLED if account.disabled else INVITED if account.invited else ACTIVE


def _show_accounts(accounts: Sequence[Account]) -> None:
    text = st.text_input(FIND, key="users-find", help=FIND_HELP).strip() if len(accounts) > 10 else ""
    fitting = [account for account in accounts if text.casefold() in account.name.casefold()]
    if not fitting:
        markup.notice(NONE_FIT, tone="warn")
        return
    markup.rows(TITLE, NAMES, [_row(account) for account in fitting[:SHOWN]])
    if len(fitting) > SHOWN:
        st.caption(MORE.format(number=counted(len(fitting), "account"), shown=SHOWN))


def _row(account: Account) -> tuple[str, ...]:
    created, seen = moment(account.created_at), when(account.seen_at)
    return account.name, words(account.role), state(account), created, seen, quantity(account.sessions)


def _change(home: Path, accounts: Sequence[Account]) -> None:
    by_name = {account.name: account for account in accounts}
    name = st.selectbox(ACCOUNT, list(by_name), key="users-account")
    account = by_name.get(str(name))
    if account is None:
        return
    # Another key after each change, so that the field follows the account.
    key = f"users-role-{account.name}-{account.role}"
    st.selectbox(ROLE, list(Role), index=account.role.rank, format_func=words, help=ROLE_HELP, key=key)
    _button(SET_ROLE, partial(_set_role, home, account.name, key))
    if account.disabled:
        _button(ENABLE, partial(_enable, home, account.name))
    else:
        _button(DISABLE, partial(_disable, home, account.name), DISABLE_HELP)
        _button(RESET, partial(_reset, home, account.name), RESET_HELP)
    _button(f"{END} ({account.sessions})", partial(_end, home, account.name), END_HELP, disabled=not account.sessions)
    st.caption(KEPT)


def _button(label: str, action: partial[str], words_of_help: str | None = None, disabled: bool = False) -> None:
    key = f"users-{label.partition(' (')[0]}"
    st.button(label, key=key, help=words_of_help, disabled=disabled, on_click=click, args=(action,), width="stretch")


def _set_role(home: Path, name: str, key: str, by: User | None) -> str:
    """The role as the field says it at the click: the page may not have been drawn since it was chosen."""
    changed = people.change_role(home, name, Role(st.session_state[key]), by)
    return ROLE_DONE.format(name=changed.name, role=changed.role)


def _disable(home: Path, name: str, by: User | None) -> str:
    return DISABLED_DONE.format(name=people.disable(home, name, by).name)


def _enable(home: Path, name: str, by: User | None) -> str:
    return ENABLED_DONE.format(name=people.enable(home, name, by).name)


def _reset(home: Path, name: str, by: User | None) -> str:
    st.session_state[LINK_KEY] = people.reset_link(home, name, by)
    return LINKED.format(name=name)


def _end(home: Path, name: str, by: User | None) -> str:
    ended = people.end_sessions(home, name, by)
    return ENDED.format(name=name, number=counted(ended, "session"))


@st.fragment
def _add(home: Path) -> None:
    """The form; a fragment, so that typing a password draws nothing else anew."""
    form = st.session_state.setdefault(FORM_KEY, 0)
    name = st.text_input(NAME, key=f"add-name-{form}", help=NAME_HELP, autocomplete="off").strip()
    picked = st.selectbox(ROLE, list(Role), format_func=words, help=ROLE_HELP, key=f"add-role-{form}")
    role = Role(picked or Role.VIEWER)
    how = st.radio(HOW, (BY_LINK, BY_PASSWORD), key=f"add-how-{form}")
    typed = ask_password(name, f"add-{form}") if how == BY_PASSWORD else None

    def create(by: User | None) -> str:
        if typed is None:
            st.session_state[LINK_KEY] = people.invite(home, name, role, by)
        else:
            people.add(home, name, role, typed(), by)
        # Fields with other keys are empty ones.
        st.session_state[FORM_KEY] = form + 1
        return ADDED.format(name=name, role=role)

    if st.button(CREATE, key="users-create", type="primary", width="stretch"):
        if attempt(create):
            st.rerun()
        say()


@st.dialog(LINK_TITLE, width="medium")
def _show_link(link: Link) -> None:
    """The only time that a link is shown."""
    markup.notice(LINK_WORDS.format(name=link.user, until=when(link.expires_at)))
    st.code(f"{_site()}{link.path}", language=None, wrap_lines=True)


def _site() -> str:
    """Where this browser finds the console."""
    seen = urlsplit(st.context.url or "")
    return f"{seen.scheme}://{seen.netloc}" if seen.netloc else server.address()
