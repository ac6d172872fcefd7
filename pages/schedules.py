"""Schedules: runs that start by themselves, and when."""

from __future__ import annotations

from console.identity import require
from console.views.schedules import wording
from console.views.schedules.view import show_schedules
from etl_batch.defaults import default_home
from etl_batch.ui.shared import markup

user = require("page.schedules")
markup.heading(wording.TITLE, wording.LEAD)
show_schedules(default_home(), user)
