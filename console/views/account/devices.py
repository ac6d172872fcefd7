"""The browsers of an account: the notice that a new one signed in, and the list of those that are known."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from console import account, identity
from console.agents import spoken
from console.devices import KnownDevice
from console.users import User
from console.views.account import wording
from console.views.shared.acting import click, when
from etl_batch.reporting.formatting import NOTHING
from etl_batch.ui.shared import markup


def show_news(home: Path, user: User) -> None:
    """Say, on whichever screen, that a browser signed in that was not known; the new one itself is not told."""
    news = [device for device in account.own_devices(home, user, identity.device_cookie()) if _is_news(device)]
    if not news:
        return
    for device in news:
        facts = {"agent": _agent(device), "address": device.address, "moment": when(device.first_at)}
        markup.notice(wording.NEW_BROWSER.format(**facts), tone="warn")
    st.button(
        wording.SEEN_IT, key="devices-seen", help=wording.SEEN_IT_HELP, on_click=click, args=(partial(_seen, home),)
    )


def show_devices(home: Path, user: User) -> None:
    """The browsers that are known, the latest used first."""
    found = account.own_devices(home, user, identity.device_cookie())
    if not found:
        st.caption(wording.NO_BROWSERS)
        return
    markup.rows(wording.BROWSERS, wording.BROWSER_NAMES, [_row(device) for device in found])


def _row(device: KnownDevice) -> tuple[str, ...]:
    state = wording.THIS_BROWSER if device.here else wording.NEW if device.news else ""
    return _agent(device), device.address, when(device.first_at), when(device.last_at), state


def _is_news(device: KnownDevice) -> bool:
    return device.news and not device.here


def _agent(device: KnownDevice) -> str:
    return spoken(device.agent) or NOTHING


def _seen(home: Path, user: User | None) -> str:
    account.put_notice_away(home, user, identity.device_cookie())
    return wording.NOTED
