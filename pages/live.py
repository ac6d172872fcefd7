"""Live run: progress, log and the way to stop it."""

from __future__ import annotations

import streamlit as st

from console.doors import doors_for
from console.identity import require
from console.views.queue.part import show_queue
from etl_batch.defaults import default_home
from etl_batch.ui.live import wording
from etl_batch.ui.live.view import show_live
from etl_batch.ui.shared import markup

user = require("page.live")
markup.heading(wording.TITLE, wording.LEAD)
show_live(doors_for(user), st.query_params.get("run"))
show_queue(default_home(), user)
