"""What browsers call themselves, in a few words."""

from __future__ import annotations

import pytest

from console.agents import LONGEST, spoken

_MOZILLA = "Mozilla/5.0 "
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (_MOZILLA + "(X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox 145 on Linux"),
        (_MOZILLA + "(Windows NT 10.0; Win64; x64) " + _CHROME + "Safari/537.36", "Chrome 142 on Windows"),
        (_MOZILLA + "(Windows NT 10.0; Win64; x64) " + _CHROME + "Safari/537.36 Edg/142.0.0.0", "Edge 142 on Windows"),
        (_MOZILLA + "(Linux; Android 10; K) " + _CHROME + "Mobile Safari/537.36", "Chrome 142 on Android"),
        (
            _MOZILLA + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0"
            " Chrome/136.0.0.0 Mobile Safari/537.36",
            "Samsung Internet 29 on Android",
        ),
        (
            _MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
            " Safari/605.1.15",
            "Safari 18 on macOS",
        ),
        (
            _MOZILLA + "(iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari 18 on iPhone",
        ),
        ("Firefox/9", "Firefox 9"),
        ("curl/8.14.1", "curl/8.14.1"),
        ("python-requests/2.34.2 (a robot)", "python-requests/2.34.2"),
        ("", ""),
        ("\x1b[31m", ""),
        ("x" * 200, "x" * LONGEST),
    ],
)
def test_a_browser_is_called_by_its_name(agent, words):
    """The browser and its system, the program's own name, or nothing."""
    assert spoken(agent) == words
