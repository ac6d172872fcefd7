"""Data: outputs and backups: look inside, download, restore."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.data import wording
from etl_batch.ui.data.view import show_data
from etl_batch.ui.shared import markup

user = require("page.data")
markup.heading(wording.TITLE, wording.LEAD)
show_data(doors_for(user), st.query_params.get("run"))
