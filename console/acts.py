"""Acts: what a person does, told from what an open page does by itself. Only a person keeps a session alive."""

from __future__ import annotations

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no annotations
from starlette.datastructures import Headers
from starlette.types import Message, Scope
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_PATH = "/session"
"""Where an open page asks whether its session still stands."""
FETCHED_PATHS = frozenset({SESSION_PATH, "/healthz", "/metrics", "/login.css", "/passkey.js", "/favicon.ico"})
FRAMES = frozenset({"iframe", "frame", "embed", "object"})
FETCHED_FOLDERS = ("/_stcore/", "/static/", "/media/", "/component/")
"""What pages and monitors fetch, again and again where a page draws itself anew."""


def is_request_of_person(scope: Scope, headers: Headers) -> bool:
    """Whether a person made an HTTP request: went to a page, clicked a download, sent a form."""
    path = scope["path"]
    if path in FETCHED_PATHS or path.startswith(FETCHED_FOLDERS):
        return False
    if scope["method"] not in SAFE_METHODS:
        return True
    # Browsers say so when a page, not its reader, fetches or frames something; other clients do what they are told.
    framed = headers.get("sec-fetch-dest", "document") in FRAMES
    return headers.get("sec-fetch-mode", "navigate") == "navigate" and not framed


class Messages:
    """The messages of one websocket, in their order."""

    def __init__(self) -> None:
        self._drawn = False

    def is_of_person(self, message: Message) -> bool:
        """Whether a message says that a person did something to the page: a widget, a link, the stop button.

        Timers say of themselves that they are. The first drawing is asked for by the page, also when it has lost its
        connection and found it again; the person who opened it has made a request.
        """
        try:
            back = BackMsg.FromString(message.get("bytes") or b"")
        except DecodeError:
            return False
        kind = back.WhichOneof("type")
        if kind != "rerun_script":
            return bool(kind == "stop_script")
        return not (back.rerun_script.is_auto_rerun or self._is_first_drawing(back.rerun_script))

    def _is_first_drawing(self, asked: ClientState) -> bool:
        """Whether the page asks to be drawn for the first time on this websocket, with all that its widgets hold."""
        if self._drawn or asked.fragment_id:
            return False
        self._drawn = True
        # What was pressed is held by none of them.
        return not any("trigger" in (state.WhichOneof("value") or "") for state in asked.widget_states.widgets)
