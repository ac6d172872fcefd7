"""Acts: which requests and messages come from a person, and which a page sends by itself."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from console.acts import Messages, is_request_of_person

TICK = BackMsg(rerun_script=ClientState(fragment_id="live", is_auto_rerun=True))
DRAW = BackMsg(rerun_script=ClientState(query_string="run=1"))
PRESSED = BackMsg(rerun_script=ClientState(widget_states=WidgetStates(widgets=[WidgetState(trigger_value=True)])))
FILLED = BackMsg(rerun_script=ClientState(widget_states=WidgetStates(widgets=[WidgetState(string_value="x")])))
CLICK = BackMsg(rerun_script=ClientState(fragment_id="live"))


def message(back: BackMsg) -> dict[str, object]:
    """What the server hands over of a websocket's message."""
    return {"type": "websocket.receive", "bytes": back.SerializeToString()}


@pytest.mark.parametrize(
    ("method", "path", "mode", "person"),
    [
        ("GET", "/", None, True),
        ("GET", "/", "navigate", True),
        ("GET", "/live", "navigate", True),
        ("GET", "/files/run/out.csv", None, True),
        ("POST", "/upload", "cors", True),
        ("POST", "/logout", "navigate", True),
        ("GET", "/session", None, False),
        ("GET", "/session", "navigate", False),
        ("GET", "/healthz", None, False),
        ("GET", "/metrics", None, False),
        ("GET", "/_stcore/health", None, False),
        ("GET", "/_stcore/host-config", "cors", False),
        ("GET", "/static/js/index.js", "no-cors", False),
        ("GET", "/media/abc.png", "no-cors", False),
        ("GET", "/files/run/out.csv", "cors", False),
        ("HEAD", "/live", "cors", False),
    ],
)
def test_requests(method, path, mode, person):
    """Going somewhere and sending something are acts; what pages fetch and monitors ask is none."""
    headers = Headers({} if mode is None else {"sec-fetch-mode": mode})
    assert is_request_of_person({"method": method, "path": path}, headers) is person


def test_a_frame_is_no_act():
    """A report that a page frames is fetched by the page; the same report in a tab of its own is gone to."""
    for frame, person in (("iframe", False), ("document", True)):
        headers = Headers({"sec-fetch-mode": "navigate", "sec-fetch-dest": frame})
        assert is_request_of_person({"method": "GET", "path": "/reports/run"}, headers) is person


@pytest.mark.parametrize(
    ("sent", "persons"),
    [
        ([DRAW, TICK, TICK], [False, False, False]),
        ([TICK, DRAW, CLICK], [False, False, True]),
        ([FILLED, FILLED], [False, True]),
        ([PRESSED, TICK], [True, False]),
        ([DRAW, CLICK, TICK, DRAW], [False, True, False, True]),
        ([BackMsg(app_heartbeat=True), BackMsg(load_git_info=True), DRAW], [False, False, False]),
        ([DRAW, BackMsg(stop_script=True)], [False, True]),
    ],
)
def test_messages(sent, persons):
    """A widget and the stop button are acts; the first drawing, timers and the page's own questions are none."""
    messages = Messages()
    assert [messages.is_of_person(message(back)) for back in sent] == persons


@pytest.mark.parametrize("sent", [b"", b"\xff" * 100, b"\x1a\xff\xff\xff\x7f", None])
def test_what_is_no_message_is_no_act(sent):
    """Whatever else is sent over the websocket keeps no session alive."""
    assert not Messages().is_of_person({"type": "websocket.receive", "bytes": sent, "text": "hello"})
