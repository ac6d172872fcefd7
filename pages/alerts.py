"""Alerts: who is told when a run fails, rejects too much or estimates something odd."""

from __future__ import annotations

from console.identity import require
from console.views.alerts import wording
from console.views.alerts.view import show_alerts
from etl_batch.defaults import default_home
from etl_batch.ui.shared import markup

user = require("page.alerts")
markup.heading(wording.TITLE, wording.LEAD)
show_alerts(default_home(), user)
