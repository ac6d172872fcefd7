"""The Rejects screen: counts, filters, pages, and one record to its bytes."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from console import jobs
from console.users import Role
from etl_batch import service
from etl_batch.runs.record.directory import RunDirectory
from tests.integration.screens.test_dashboard import dashboard
from tests.support import FAILURE, HOSTILE, SUCCESS, config_of, texts

SHORT = "20260104T000000Z-dddddd"


def rejects_of(home: Path) -> list[dict[str, object]]:
    """The rejects of the run that succeeded."""
    return [json.loads(line) for line in RunDirectory(home, SUCCESS).file("rejects.jsonl").open(encoding="utf-8")]


def box(app: AppTest, label: str):
    """The box of that label."""
    return next(each for each in app.selectbox if each.label == label)


def replaced(home: Path, lines: list[dict[str, object]]) -> None:
    """Other rejects in the place of the run's own."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    RunDirectory(home, SUCCESS).file("rejects.jsonl").write_text(text)


def test_rejects_are_counted_listed_and_linked(screen, finished):
    """Counts by reason as the run has them, a line a reject, and the download of all of them."""
    app = screen(finished, "rejects", run=SUCCESS)
    lines = rejects_of(finished)
    assert list(app.dataframe[0].value["Record"]) == [str(line["record"] + 1) for line in lines][:50]
    for reason, number in RunDirectory(finished, SUCCESS).metadata().rejects_by_reason.items():
        assert f"<dt>{reason.replace('_', ' ')}</dt><dd>{number}</dd>" in texts(app)
    assert f'href="/files/{SUCCESS}/rejects.jsonl"' in texts(app)
    assert not app.exception


def test_filters_narrow_list_and_download(screen, finished):
    """A reason leaves its records alone, and their download is one click away."""
    lines = rejects_of(finished)
    reason = str(lines[0]["reason"])
    app = screen(finished, "rejects", run=SUCCESS)
    assert "filtered.jsonl" not in texts(app)
    box(app, "Reason").set_value(reason).run()
    fitting = [str(line["record"] + 1) for line in lines if line["reason"] == reason]
    assert list(app.dataframe[0].value["Record"]) == fitting[:50]
    assert f"/rejects/{SUCCESS}/filtered.jsonl?reason={reason}" in texts(app)
    box(app, "Field").set_value("").run()
    assert f"filtered.jsonl?reason={reason}&amp;field=" in texts(app)
    assert not app.exception


def test_one_record_to_its_bytes(screen, finished):
    """Hex and text of the record, its neighbours in the file, and the commands that show the same."""
    lines = rejects_of(finished)
    chosen = next(line for line in lines if "raw_encoding" not in line)
    app = screen(finished, "rejects", run=SUCCESS)
    box(app, "Record").set_value(begins_of(finished)[lines.index(chosen)]).run()
    shown = texts(app)
    assert f"{chosen['offset']:08x}" in shown
    assert str(chosen["raw"])[:16].encode().hex(" ")[:23] in shown
    assert "Before" in shown
    assert "After" in shown
    assert f"xxd -g 1 -s {chosen['offset']}" in shown
    assert not app.exception


def begins_of(home: Path) -> list[int]:
    """The bytes at which the lines of the file begin."""
    lines = RunDirectory(home, SUCCESS).file("rejects.jsonl").read_bytes().splitlines(keepends=True)
    return [sum(map(len, lines[:place])) for place in range(len(lines))]


def test_a_source_that_changed_is_said(screen, home):
    """The record is still shown; what stands around it is not, because it is not there any more."""
    (home / "data" / "sales.csv").write_text("other\n")
    run = RunDirectory(home, SUCCESS)
    path = run.file("rejects.jsonl")
    text = path.read_text()
    path.write_text(text.replace(str(rejects_of(home)[0]["source"]), str(home / "data" / "sales.csv")))
    app = screen(home, "rejects", run=SUCCESS)
    assert "was changed or replaced since the run has read it" in texts(app)
    assert "etl-dump" in texts(app)


def test_pages_of_many_rejects(screen, home):
    """Next and last lead on, and the list says where it is."""
    line = rejects_of(home)[0]
    replaced(home, [{**line, "record": number} for number in range(1230)])
    app = screen(home, "rejects", run=SUCCESS)
    next(each for each in app.button if each.label == "Next").click().run()
    assert app.dataframe[0].value["Record"][0] == "51"
    next(each for each in app.button if each.label == "Last page").click().run()
    assert list(app.dataframe[0].value["No."]) == list(range(1201, 1231))
    assert next(each for each in app.button if each.label == "Next").disabled


def test_a_long_record_is_shown_in_parts(screen, home):
    """A record of 1 MB is shown a kilobyte at a time, from any byte on."""
    content = bytes(range(256)) * 4096
    line = {**rejects_of(home)[0], "raw": base64.b64encode(content).decode(), "raw_encoding": "base64", "offset": 0}
    replaced(home, [line])
    app = screen(home, "rejects", run=SUCCESS)
    part = next(field for field in app.number_input if field.label == "From byte")
    part.set_value(1_048_320).run()
    assert "000fff00" in texts(app)
    assert "00000000" not in texts(app)
    assert len(texts(app)) < 60_000


def test_hostile_rejects_are_shown_as_text(screen, home):
    """Markup, control characters and turned text in any part of a reject are visible and obeyed by nobody."""
    line = {"source": f"/data/{HOSTILE}\u202e.csv", "offset": 1, "record": 1, "reason": HOSTILE, "field": HOSTILE}
    replaced(home, [{**line, "detail": f"\u202e{HOSTILE}\x00", "raw": f"\u202e\x07{HOSTILE}"}])
    app = screen(home, "rejects", run=SUCCESS)
    assert not app.exception
    assert "<img" not in texts(app)
    assert "\u202e" not in texts(app)
    assert "U+202E" in app.dataframe[0].value["Detail"][0]
    assert not any(HOSTILE in str(part.value) for part in [*app.markdown, *app.caption])


@pytest.mark.parametrize("content", [b"", b"\0\0\0\n", b"[1]\nnot json"])
def test_files_that_hold_no_reject_break_no_page(screen, home, content):
    """An empty file, a hole, and other people's lines."""
    RunDirectory(home, SUCCESS).file("rejects.jsonl").write_bytes(content)
    app = screen(home, "rejects", run=SUCCESS)
    assert not app.exception
    RunDirectory(home, SUCCESS).file("rejects.jsonl").unlink()
    app.run()
    assert "is gone" in texts(app)


def test_a_run_that_is_not_there_is_said(screen, finished, fresh):
    """A name that is none shows no other run, and offers the newest with rejects; a home without rejects says so."""
    for name in ("nothing", "..", "a/b"):
        app = screen(finished, "rejects", run=name)
        assert not app.exception
        assert "There is no run" in texts(app)
        assert not app.selectbox
        assert [link.proto.query_string for link in app.get("page_link")] == [f"run={FAILURE}"]
    assert "No run has rejected a record" in texts(screen(fresh, "rejects"))


def test_a_viewer_may_look(screen, finished):
    """Rejects are for every role."""
    assert len(screen(finished, "rejects", Role.VIEWER).dataframe) == 1


def test_the_dashboard_has_the_tab(finished):
    """Without a console the same view stands in the tab, with the path in the place of links."""
    app = dashboard(finished, "Rejects")
    assert not app.exception
    assert "href=" not in texts(app)
    assert "rejects.jsonl" in texts(app)


def short_rows(home: Path) -> None:
    """A run whose rejects are short rows and long ones."""
    path = home / "data" / "short.csv"
    path.write_text("id,name,n\n" + "1,a,2\n" * 20 + "2,b\n" * 5 + "3,c,4,5\n" * 2)
    outputs = {"output_csv": home / "output" / "short.csv", "output_parquet": home / "output" / "short.parquet"}
    service.execute(config_of(home, inputs=(str(path),), **outputs), run_id=SHORT)


def test_mend_try_and_replay(screen, home):
    """What would pass is told before anything is launched; the replay that is queued is the one that was tried."""
    short_rows(home)
    app = screen(home, "rejects", run=SHORT)
    app.button(key="replay-try").click().run()
    assert "Nothing is mended" in texts(app)
    box(app, "Rows of odd width").set_value("pad").run()
    assert "Would pass" not in texts(app)
    app.button(key="replay-try").click().run()
    assert "Would pass" in texts(app)
    assert "field count (2)" in texts(app)
    box(app, "Rows of odd width").set_value("truncate").run()
    assert "Would pass" not in texts(app)
    box(app, "Rows of odd width").set_value("pad").run()
    next(each for each in app.checkbox if each.label == "Append").set_value(True).run()
    app.button(key="replay-go").click().run()
    (job,) = jobs.list_queue(home)
    assert (job.config.replay_of, job.config.append, job.config.ragged, job.user) == (SHORT, True, "pad", "super_admin")
    record = service.execute(job.config)
    assert (record.counts.written, record.counts.rejected) == (25, 2)
    assert not app.exception


def test_a_replay_that_would_be_refused_is_not_queued(screen, home):
    """Another version of the input, and a schema that stands nowhere it may, are said at the click."""
    short_rows(home)
    app = screen(home, "rejects", run=SHORT)
    schema = next(each for each in app.text_input if each.label == "Schema file")
    schema.set_value("/etc/passwd").run()
    assert "Path traversal detected" in texts(app)
    schema.set_value("").run()
    (home / "data" / "short.csv").write_text("id,name,n\n1,a,2\n")
    box(app, "Rows of odd width").set_value("pad").run()
    app.button(key="replay-go").click().run()
    assert "is not what run" in texts(app)
    assert jobs.list_queue(home) == []


def test_layouts_are_mended_where_they_are(screen, home):
    """Records have the layouts to choose from, and a link to where they are edited."""
    path = home / "data" / "in.bin"
    path.write_bytes(struct.pack("<IQIq32s", 1, 2, 3, 4, b"a") * 3 + b"rest")
    service.execute(config_of(home, inputs=(str(path),), layout="default"), run_id=SHORT)
    app = screen(home, "rejects", run=SHORT)
    assert "default" in box(app, "Record layout").options
    assert not [each for each in app.selectbox if each.label == "Rows of odd width"]
    assert "Mend the layout" in str([each.label for each in app.get("page_link")])


def test_a_run_that_rejected_too_much(screen, home):
    """It has published nothing to append to; with another limit its replay is a success."""
    app = screen(home, "rejects", run=FAILURE)
    assert not [each for each in app.checkbox if each.label == "Append"]
    next(each for each in app.text_input if each.label == "Most rejects").set_value("50%").run()
    box(app, "Rows of odd width").set_value("pad").run()
    app.button(key="replay-go").click().run()
    (job,) = jobs.list_queue(home)
    record = service.execute(job.config)
    assert (record.replay.of, record.counts.written + record.counts.rejected > 900) == (FAILURE, True)


def test_who_may_not_launch_mends_nothing(screen, finished):
    """Neither a viewer nor an operator, who launches presets only."""
    for role in (Role.VIEWER, Role.OPERATOR):
        assert not [each for each in screen(finished, "rejects", role, run=SUCCESS).button if each.key == "replay-go"]


def test_a_length_is_that_in_the_file(screen, fresh):
    """A record of a file that is not UTF-8 has as many bytes as stand there, not as many as its text would take."""
    path = fresh / "data" / "names.csv"
    path.write_bytes("".join(["id,name,n\n", *("1,Müller,2\n" * 50), "9,Gärtner\n"]).encode("cp1252"))
    run = service.execute(config_of(fresh, inputs=(str(path),)))
    app = screen(fresh, "rejects", run=run.run_id)
    assert "<dt>Length</dt><dd>9 bytes</dd>" in texts(app)
    assert "<dt>Record number</dt><dd>51</dd>" in texts(app)
