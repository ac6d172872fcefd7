"""The explorer's parts: conditions, fractions, the download and the figure."""

from __future__ import annotations

import pytest

from etl_batch.analytics.explore import answer
from etl_batch.questions import Condition, Operator, Question
from etl_batch.ui.analytics import explorer, explorer_form
from etl_batch.ui.analytics.explorer_figures import answer_figure
from etl_batch.ui.shared.chart import table_csv
from tests.unit.analytics.explored import metadata_of, sample_of

CELLS = {"text": ["a"], "whole": [1], "real": [1.5], "flag": [True], "raw": [b"x"], "none": [None]}


@pytest.mark.parametrize("name", CELLS)
def test_every_condition_on_offer_can_be_answered(name):
    """Whatever a column holds, the operators in its list are understood by the sample."""
    sample = sample_of(CELLS, ["A"], metadata_of(["A"], [1], [1]))
    place = sample.place(name)
    value = {"text": "a", "whole": "1", "real": "1.5", "flag": "true"}.get(name, "")
    for operator in explorer_form.operators_of(sample, place):
        found = answer(sample, Question(filters=(Condition(place, operator, value),)))
        assert len(found) <= 1
    assert Operator.EMPTY in explorer_form.operators_of(sample, place)


def test_fractions_end_with_the_sample_s_own():
    """Round steps from a hundred rows up, below the sample's own share; a tiny sample has no smaller one."""
    sample = sample_of({"y": [1] * 500}, ["A"] * 500, metadata_of(["A"], [10_000], [500]))
    assert explorer_form.fractions(sample) == pytest.approx([0.01, 0.02, 0.05])
    tiny = sample_of({"y": [1]}, ["A"], metadata_of(["A"], [10], [1]))
    assert len(explorer_form.fractions(tiny)) == 1


def test_the_download_has_every_digit_and_runs_nothing():
    """Numbers as they are, text that a spreadsheet would run escaped."""
    sample = sample_of({"g": ["=1+1"] * 60}, ["A"] * 60, metadata_of(["A"], [90], [60]))
    question = Question("g")
    text = table_csv(explorer.saved_table(answer(sample, question).groups(), question))
    assert "'=1+1,90.0," in text


def test_the_figure_keeps_a_line_for_a_group_without_an_answer():
    """Three groups, one of too few rows: three lines, two points, and the exact answers where they are known."""
    cells = ["big"] * 100 + ["mid"] * 50 + ["few"] * 3
    sample = sample_of({"g": cells}, ["A"] * 153, metadata_of(["A"], [1530], [153]))
    groups = answer(sample, Question("g")).groups()
    figure = answer_figure(groups, ["<b>", "mid", "few"], "rows", [1001.0, 500.0, None])
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;", "mid", "few")
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["certified"].y) + list(by_name.get("not certified", by_name["certified"]).y) in (
        [0, 1],
        [0, 1, 0, 1],
    )
    assert list(by_name["exact"].y) == [0, 1]
