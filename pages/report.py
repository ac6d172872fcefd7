"""Report: the HTML report of one run."""

from __future__ import annotations

import streamlit as st

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui.report.view import LEAD, TITLE, show_report
from etl_batch.ui.shared import markup

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
show_report(doors_for(user), st.query_params)
