"""What a browser calls itself (the `User-Agent` header), in the few words that its owner knows it by.

Browsers name those that they are like as well: each of these is looked for before the ones it pretends to be.
"""

from __future__ import annotations

import re

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)\S* (?:Mobile\S* )?Safari/"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("ChromeOS", "CrOS"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X|Macintosh"),
    ("Linux", "Linux|X11"),
)
_PROGRAM = re.compile(r"[\w.+-]+(?:/[\w.+-]+)?")
LONGEST = 40


def spoken(agent: str) -> str:
    """`Firefox 145 on Linux`, or the name of a program that is no browser; empty when nothing is said."""
    system = next((name for name, sign in _SYSTEMS if re.search(sign, agent)), "")
    for name, sign in _BROWSERS:
        found = re.search(sign, agent)
        if found:
            return f"{name} {found[1]} on {system}" if system else f"{name} {found[1]}"
    program = _PROGRAM.match(agent)
    return program[0][:LONGEST] if program else ""
