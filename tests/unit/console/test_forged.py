"""Values that no browser sends: one line on the log, and every other error keeps its traceback."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from streamlit import config, error_util
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from console import sentences
from console.forged import OneLine, shorten_forged_values
from tests.waiting import PATIENCE_SECONDS

PAGE = """
import streamlit as st

st.date_input("Day", value=None, key="day")
if {bug}:
    1 / 0
"""


@pytest.fixture
def logger():
    """The logger of Streamlit's errors, which is nobody else's afterwards."""
    found, rich = logging.getLogger(error_util.__name__), config.get_option("logger.enableRich")
    propagates, found.propagate = found.propagate, True
    yield found
    found.propagate = propagates
    config.set_option("logger.enableRich", rich)
    for each in [each for each in found.filters if isinstance(each, OneLine)]:
        found.removeFilter(each)


def drawn(tmp_path: Path, *, bug: bool = False) -> AppTest:
    """A page with a field for a day."""
    path = tmp_path / "page.py"
    path.write_text(PAGE.format(bug=bug))
    return AppTest.from_file(str(path), default_timeout=PATIENCE_SECONDS).run()


def test_a_value_that_no_field_can_hold_is_one_line(tmp_path, logger, caplog):
    """A number for a day: the log says it without a traceback, however often it is asked for."""
    shorten_forged_values()
    shorten_forged_values()
    assert sum(isinstance(each, OneLine) for each in logger.filters) == 1
    app = drawn(tmp_path)
    forged = WidgetStates(widgets=[WidgetState(id=app.date_input[0].proto.id, double_value=7.5)])
    app._run(forged)  # what no browser would send
    (record,) = [each for each in caplog.records if each.name == logger.name]
    assert record.getMessage() == sentences.FORGED_VALUE.format(kind="TypeError")
    assert record.exc_info is None


def test_a_bug_keeps_its_traceback(tmp_path, logger, caplog):
    """What is wrong in the code is to be found."""
    shorten_forged_values()
    drawn(tmp_path, bug=True)
    (record,) = [each for each in caplog.records if each.name == logger.name]
    assert record.exc_info[0] is ZeroDivisionError
