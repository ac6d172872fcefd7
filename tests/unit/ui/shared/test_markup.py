"""Templates and labels: what comes from data is text, and no template is left over."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import plain
from tests.support import HOSTILE, texts
from tests.waiting import PATIENCE_SECONDS


def test_templates_escape_what_they_are_given():
    """Every template that takes text from data, drawn with hostile text, holds no tag of it."""

    def script(hostile: str) -> None:
        from etl_batch.ui.shared import markup

        markup.heading(hostile, hostile)
        markup.section(hostile, hostile)
        markup.notice(hostile, "bad", hostile)
        markup.cards([markup.Card(hostile, hostile, hostile)])
        markup.show("headline.html", status=hostile, tone="bad", run_id=hostile, facts=hostile)
        markup.show("log.html", title=hostile, text=hostile)
        markup.show("table.html", pairs=[(hostile, hostile)])
        markup.show("user.html", name=hostile, role=hostile, sign_out=hostile)
        file = {"name": hostile, "path": hostile, "what": hostile, "size": hostile}
        markup.show("files.html", files=[{**file, "url": f"/files/{hostile}"}, {**file, "url": None}])

    app = AppTest.from_function(script, args=(HOSTILE,), default_timeout=PATIENCE_SECONDS).run()
    assert not app.exception
    assert len(app.html) == 9
    assert "<img" not in texts(app)
    assert 'onerror=alert(1)> **bold** ![x](http://example.invalid/x.png) "' not in texts(app)
    # Markup from data must not pass through Markdown either, which would fetch the picture.
    assert not app.markdown


def test_every_template_exists_and_is_used():
    """No template is left over, and none that a view names is missing."""
    folder = Path(markup.__file__).parents[1]
    scripts = [*folder.rglob("*.py"), *(PROJECT_ROOT / "console").rglob("*.py"), *(PROJECT_ROOT / "pages").glob("*.py")]
    code = "".join(path.read_text() for path in scripts)
    assert [path.name for path in markup.TEMPLATES.iterdir() if f'"{path.name}"' not in code] == []


def test_labels_escape_what_markdown_would_obey():
    """Every sign of a name stands behind a backslash; letters of any language stay."""
    assert plain("Ä b", 60) == "Ä b"
    escaped = plain(HOSTILE, 200)
    assert r"\<img src\=x" in escaped
    assert r"\!\[x\]\(http\:\/\/example\.invalid" in escaped
