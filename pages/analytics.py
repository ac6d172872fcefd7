"""Analytics: estimates with their intervals against the exact totals."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.analytics.view import LEAD, TITLE, show_analytics
from etl_batch.ui.shared import markup

user = require("page.analytics")
markup.heading(TITLE, LEAD)
show_analytics(doors_for(user), st.query_params.get("run"))
