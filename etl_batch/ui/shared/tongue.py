"""Which language a page is drawn in.

A script of Streamlit runs in a thread that begins without a context, and so do callbacks and the ticks of fragments. So
the language is remembered by the page's session, and asked for there by whoever says something.
"""

from __future__ import annotations

from collections import OrderedDict

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from etl_batch import language

_MOST = 10_000
"""Sessions remembered: more than there are open pages."""
_spoken: OrderedDict[str, str] = OrderedDict()


def speak(tongue: str | None) -> None:
    """Draw this page, and whatever is drawn and said in its session later, in that language.

    Without one it is what the browser wishes for, else English.
    """
    tongue = tongue or language.wished(st.context.headers.get("Accept-Language") or "") or language.ENGLISH
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    _spoken[context.session_id] = tongue
    _spoken.move_to_end(context.session_id)
    while len(_spoken) > _MOST:
        _spoken.popitem(last=False)


def _of_page() -> str | None:
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else _spoken.get(context.session_id)


language.listen_to(_of_page)
