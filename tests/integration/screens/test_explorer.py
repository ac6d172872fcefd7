"""The explorer on the Analytics screen: every control, both answers, the memory, and what it says when it cannot."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from console.users import Role
from etl_batch import exploring, sentences
from etl_batch.questions import Aggregate, Operator
from etl_batch.reporting.formatting import NOTHING
from etl_batch.runs.history.confirmations import FILE
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.analytics import explorer, wording
from tests.support import AGAIN, HOSTILE, SUCCESS, texts
from tests.waiting import PATIENCE_SECONDS

PREFIX = f"explore-{SUCCESS}"


def explore(app: AppTest, **choices: object) -> AppTest:
    """Set controls by the last part of their key."""
    for name, value in choices.items():
        key = f"{PREFIX}-{name}"
        widgets = [*app.selectbox, *app.number_input, *app.text_input, *app.select_slider]
        next(widget for widget in widgets if widget.key == key).set_value(value)
    return app.run()


def answers(app: AppTest) -> pd.DataFrame:
    """The explorer's table."""
    return next(table.value for table in app.dataframe if wording.VERDICT in table.value.columns)


def press(app: AppTest, name: str) -> AppTest:
    """Press a button of the explorer."""
    return app.button(key=f"{PREFIX}-{name}").click().run()


def test_the_question_is_answered_as_it_changes(screen, home):
    """A sum at first; then another group, another aggregate, a filter that is added and removed."""
    app = screen(home, "analytics", Role.VIEWER, run=SUCCESS, tab="explorer")
    assert not app.exception
    sample = exploring.open_sample(RunDirectory(home, SUCCESS))
    assert answers(app)[wording.GROUP].tolist() == [wording.ALL_ROWS], "most strata of a small run show too few rows"
    app = explore(app, by=sample.stratum)
    groups = sample.coded(sample.place(sample.stratum)).values.to_pylist()
    assert set(answers(app)[wording.GROUP]) <= set(groups)
    assert len(answers(app)) == explorer.SHOWN < len(groups)
    app = explore(app, what=Aggregate.COUNT, by=wording.ALL_TOGETHER)
    assert answers(app)[wording.VERDICT].tolist() == [wording.CERTAIN]
    assert answers(app)[wording.ESTIMATE].str.replace("\N{NARROW NO-BREAK SPACE}", "").tolist() == [
        str(sample.population_rows)
    ]
    app = press(app, "add")
    place = sample.place(sample.stratum)
    app = explore(app, **{"filter-1-column": place})
    value = sample.coded(place).values[0].as_py()
    before = answers(app).to_dict()
    app = explore(app, **{"filter-1-value-text": value})
    assert answers(app).to_dict() != before
    app = press(app, "filter-1-remove")
    assert answers(app).to_dict() == before
    assert not app.exception


def test_what_is_chosen_while_another_column_is_drawn_counts(screen, home):
    """The condition and the value of the column before, changed before the new column's controls are there, stay."""
    app = press(screen(home, "analytics", Role.VIEWER, run=SUCCESS, tab="explorer"), "add")
    sample = exploring.open_sample(RunDirectory(home, SUCCESS))
    one, other = [place for place, kind in enumerate(sample.types) if pa.types.is_integer(kind)][:2]
    app = explore(app, **{"filter-1-column": one})
    app = explore(app, **{"filter-1-column": other, "filter-1-operator": Operator.LESS, "filter-1-value-whole": 7})
    assert app.selectbox(key=f"{PREFIX}-filter-1-operator").value is Operator.LESS
    assert app.number_input(key=f"{PREFIX}-filter-1-value-whole").value == 7
    assert not app.exception


def test_a_condition_that_another_column_lacks_goes(screen, home):
    """From a number to a text: the first condition of a text, and no value."""
    app = press(screen(home, "analytics", Role.VIEWER, run=SUCCESS, tab="explorer"), "add")
    sample = exploring.open_sample(RunDirectory(home, SUCCESS))
    number = next(place for place, kind in enumerate(sample.types) if pa.types.is_integer(kind))
    app = explore(app, **{"filter-1-column": number})
    before = answers(app).to_dict()
    app = explore(app, **{"filter-1-operator": Operator.LESS, "filter-1-value-whole": 7})
    app = explore(app, **{"filter-1-column": sample.place(sample.stratum)})
    assert app.selectbox(key=f"{PREFIX}-filter-1-operator").value is Operator.IS
    assert answers(app).to_dict() == before
    assert not app.exception


def test_confirming_shows_both_answers_and_remembers(screen, home):
    """The exact answer, whether the interval held, both times; asked again it counts once; a new question hides it."""
    app = screen(home, "analytics", Role.VIEWER, run=SUCCESS, tab="explorer")
    assert wording.MEMORY_NONE in texts(app)
    app = explore(app, what=Aggregate.MEAN, by=wording.ALL_TOGETHER)
    for _ in range(2):
        app = press(app, "confirm")
        assert wording.EXACTLY in texts(app)
    table = next(table.value for table in app.dataframe if wording.OUTCOME in table.value.columns)
    run = RunDirectory(home, SUCCESS)
    column = pq.read_table(run.metadata().outputs["parquet"].path)[app.selectbox(key=f"{PREFIX}-of").value]
    exact = json.loads(run.file(FILE).read_text().splitlines()[-1])["groups"][0]["exact"]
    assert exact == pytest.approx(
        sum(value for value in column.to_pylist() if value is not None) / (len(column) - column.null_count)
    )
    assert table[wording.OUTCOME].tolist() in (["held"], ["missed"], [NOTHING])
    assert len(run.file(FILE).read_text().splitlines()) == 2
    app = explore(app, what=Aggregate.SUM)
    assert wording.EXACTLY not in texts(app)


def test_another_run_starts_anew(screen, repeated):
    """Filters and answers belong to the run they were asked of."""
    app = press(screen(repeated, "analytics", run=SUCCESS, tab="explorer"), "add")
    assert any(box.key == f"{PREFIX}-filter-1-column" for box in app.selectbox)
    app = screen(repeated, "analytics", run=AGAIN, tab="explorer")
    assert not any("filter-1" in str(box.key) for box in app.selectbox)
    assert not app.exception


def test_when_the_output_is_not_the_run_s_any_more(screen, repeated):
    """A later run wrote the file: the sample still answers, and the reason stands beside the button that is off."""
    app = screen(repeated, "analytics", run=SUCCESS, tab="explorer")
    assert app.button(key=f"{PREFIX}-confirm").disabled
    assert sentences.estimates.PARQUET_REPLACED in texts(app)
    assert len(answers(app)) > 0


def test_a_sample_that_is_gone_leaves_the_screen_whole(screen, home):
    """The other sections are drawn; this one says what to do."""
    RunDirectory(home, SUCCESS).file("sample.parquet").unlink()
    app = screen(home, "analytics", run=SUCCESS, tab="explorer")
    assert not app.exception
    assert sentences.estimates.NO_SAMPLE in texts(app)


def test_hostile_names_and_values_are_text(screen, home):
    """Columns and cells of markup, as groups, filters and in what is remembered, draw no tag."""
    run = RunDirectory(home, SUCCESS)
    table = pq.read_table(run.file("sample.parquet"))
    names = [*table.column_names[:-1], HOSTILE]
    stratum = run.metadata().analytics.stratum
    column = table.column_names.index(stratum)
    hostile = table.rename_columns(names).set_column(column, stratum, [[HOSTILE] * table.num_rows])
    pq.write_table(hostile, run.file("sample.parquet"))
    app = screen(home, "analytics", run=SUCCESS, tab="explorer")
    app = explore(press(app, "add"), by=HOSTILE)
    assert not app.exception
    assert "<img" not in texts(app)
    app = explore(app, by=stratum)
    assert not app.exception
    assert not any(HOSTILE in str(part.value) for part in [*app.markdown, *app.caption])


def test_inside_somebody_s_own_app(home):
    """`etl_dashboard()` has the same section: it answers and confirms without a console."""

    def script(home: str) -> None:
        from pathlib import Path

        from etl_batch.etl_integration_ui import etl_dashboard

        etl_dashboard(Path(home), user="guest")

    app = AppTest.from_function(script, args=(str(home),), default_timeout=PATIENCE_SECONDS)
    app.session_state["etl-tab"] = "Analytics"
    app.session_state["etl-parameters"] = {"tab": "explorer"}
    app = explore(app.run(), what=Aggregate.MEAN)
    assert not app.exception
    app = press(app, "confirm")
    assert wording.EXACTLY in texts(app)
    assert RunDirectory(home, SUCCESS).file(FILE).exists()
