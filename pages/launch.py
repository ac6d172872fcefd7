"""Launch: pick an input, check the settings, start the run."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.view import lead, show_launch
from etl_batch.ui.shared import markup

user = require("page.launch")
doors = doors_for(user)
markup.heading(wording.TITLE, lead(doors))
show_launch(doors, picked=st.query_params.get("input"), from_run=st.query_params.get("from"))
