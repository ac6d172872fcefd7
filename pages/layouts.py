"""Layouts: how the bytes of a record are read: list, edit, try on a file."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.view import show_layouts
from etl_batch.ui.shared import markup

user = require("page.layouts")
markup.heading(wording.TITLE, wording.LEAD)
show_layouts(doors_for(user), st.query_params.to_dict())
