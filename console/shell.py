"""The page that Streamlit draws the screens into: its own, with what the console has it do before anything is drawn.

What stands in `shell.html` tells it where its server is, and says when the console does not answer. It comes with the
page, not with a drawing: a console that ends before the first drawing is gone as well.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from streamlit import file_util

from console import wording
from console.forms import render

HOME = "/home"
PARTS = (
    *("Selectbox", "Multiselect", "TextInput", "NumberInput", "Checkbox", "DataFrame", "PlotlyChart"),
    *("StreamlitSyntaxHighlighter", "BidiComponent", "DownloadButton"),
)
"""What the screens are drawn with, by the names of Streamlit's modules."""
MARKS = ('<html lang="en">', "</head>", "<title>Streamlit</title>")
"""Each stands once in Streamlit's page."""


async def shell(request: Request) -> Response:
    """The page at every screen's address; the front page has one alone, Streamlit knows it by no other."""
    if request.url.path == HOME:
        return RedirectResponse(str(request.url.replace(scheme="", netloc="", path="/")))
    headers = {"Cache-Control": "no-cache", "Content-Language": wording.LANGUAGE, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(page(), headers=headers)


def page() -> str:
    """Its text, in the language that is spoken."""
    language, head, title = MARKS
    own = streamlits_page().replace(language, f'<html lang="{wording.LANGUAGE}">').replace(title, _title())
    return own.replace(head, render("shell.html", parts=parts()) + head)


def drawn() -> str:
    """What a drawing adds: the words of the language in which it speaks, which may be another by now."""
    return render("say.html")


@cache
def streamlits_page() -> str:
    """The page as Streamlit has it, read once: it is as old as the process."""
    return (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")


@cache
def parts() -> list[str]:
    """The addresses of the modules that `PARTS` come in."""
    scripts = Path(file_util.get_static_dir()) / "static" / "js"
    return [f"/static/js/{path.name}" for name in PARTS for path in sorted(scripts.glob(f"{name}.*.js"))]


def _title() -> str:
    return f"<title>{wording.NAME}</title>"
