"""Data: outputs and backups: look inside, download, restore."""

from __future__ import annotations

import streamlit as st

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui.data.view import LEAD, TITLE, show_data
from etl_batch.ui.shared import markup

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
show_data(doors_for(user), st.query_params.get("run"))
