"""Rejects: records that could not be read, by reason, with their bytes."""

from __future__ import annotations

import streamlit as st

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui.rejects.view import LEAD, TITLE, show_rejects
from etl_batch.ui.shared import markup

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
show_rejects(doors_for(user), st.query_params.get("run"))
