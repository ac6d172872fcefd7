"""Analytics: estimates with their intervals against the exact totals."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.analytics import wording
from etl_batch.ui.analytics.view import show_analytics
from etl_batch.ui.shared import markup

user = require("page.analytics")
markup.heading(wording.TITLE, wording.LEAD)
show_analytics(doors_for(user), st.query_params)
