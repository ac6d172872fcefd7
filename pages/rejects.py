"""Rejects: records that could not be read, by reason, with their bytes."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.rejects import wording
from etl_batch.ui.rejects.view import show_rejects
from etl_batch.ui.shared import markup

user = require("page.rejects")
markup.heading(wording.TITLE, wording.LEAD)
show_rejects(doors_for(user), st.query_params.get("run"))
