"""Home: what runs, what ran, what needs somebody."""

from __future__ import annotations

from console.actions import may
from console.doors import doors_for
from console.identity import require
from console.views.queue.part import show_queue
from console.views.schedules.view import show_upcoming
from etl_batch.defaults import default_home
from etl_batch.ui.audit.view import show_alarm
from etl_batch.ui.home import wording
from etl_batch.ui.home.view import show_home
from etl_batch.ui.shared import markup

user = require("page.home")
markup.heading(wording.TITLE, wording.LEAD)
if may(user, "audit.read"):
    show_alarm(default_home())
show_home(doors_for(user))
show_queue(default_home(), user)
show_upcoming(default_home(), user)
