"""Launch: pick an input, check the settings, start the run."""

from __future__ import annotations

import streamlit as st

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui import markup
from etl_batch.ui.launch import LEAD, TITLE, show_launch

user = require(Role.OPERATOR)
markup.heading(TITLE, LEAD)
show_launch(doors_for(user), picked=st.query_params.get("input"), from_run=st.query_params.get("from"))
