"""Runs: the history and the details of one run."""

from __future__ import annotations

import streamlit as st

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui.runs.view import LEAD, TITLE, show_runs
from etl_batch.ui.shared import markup

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
show_runs(doors_for(user), st.query_params)
