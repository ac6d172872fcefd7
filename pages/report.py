"""Report: the HTML report of one run."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.report import wording
from etl_batch.ui.report.view import show_report
from etl_batch.ui.shared import markup

user = require("page.report")
markup.heading(wording.TITLE, wording.LEAD)
show_report(doors_for(user), st.query_params)
