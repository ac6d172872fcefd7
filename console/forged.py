"""Values that no browser sends: a message may carry any for a field of a page, and the log says so in one line."""

from __future__ import annotations

import logging
from types import TracebackType

from streamlit import config, error_util

from console import sentences

WHERE_VALUES_ARE_READ = "deserialize"
"""The name that Streamlit's fields give the function that reads what a message holds for them."""


class OneLine(logging.Filter):
    """Takes the traceback from the error of a value that a field cannot hold: nothing in the code is to be mended."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change such a record; all others stay what they are."""
        kind, _error, trace = record.exc_info or (None, None, None)
        if kind is not None and _of_a_value(trace):
            record.msg, record.args = sentences.FORGED_VALUE.format(kind=kind.__name__), ()
            record.exc_info = record.exc_text = None
        return True


def shorten_forged_values() -> None:
    """Have the log of this process say such values in one line; called again it changes nothing."""
    # Where the library rich is installed, Streamlit prints errors by it and past every filter.
    config.set_option("logger.enableRich", False)
    logger = logging.getLogger(error_util.__name__)
    if not any(isinstance(each, OneLine) for each in logger.filters):
        logger.addFilter(OneLine())


def _of_a_value(trace: TracebackType | None) -> bool:
    """Whether an error came from where Streamlit reads the value of a field."""
    while trace is not None:
        reader, module = trace.tb_frame.f_code.co_name, str(trace.tb_frame.f_globals.get("__name__", ""))
        if reader == WHERE_VALUES_ARE_READ and module.startswith("streamlit."):
            return True
        trace = trace.tb_next
    return False
