"""Runs: the history and the details of one run."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.runs import wording
from etl_batch.ui.runs.view import show_runs
from etl_batch.ui.shared import markup

user = require("page.runs")
markup.heading(wording.TITLE, wording.LEAD)
show_runs(doors_for(user), st.query_params)
