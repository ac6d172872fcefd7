"""Data: outputs and backups: look inside, download, restore."""

from __future__ import annotations

import streamlit as st

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui import markup
from etl_batch.ui.data import LEAD, TITLE, show_data

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
show_data(doors_for(user), st.query_params.get("run"))
