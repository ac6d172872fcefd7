"""Home: what runs, what ran, what needs somebody."""

from __future__ import annotations

from console.identity import require
from console.screens import doors_for
from console.users import Role
from console.views.queue_part import show_queue
from console.views.schedules import show_upcoming
from etl_batch.config import default_home
from etl_batch.ui import markup
from etl_batch.ui.audit import show_alarm
from etl_batch.ui.home import LEAD, TITLE, show_home

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
if user.role.allows(Role.SUPER_ADMIN):
    show_alarm(default_home())
show_home(doors_for(user))
show_queue(default_home(), user)
show_upcoming(default_home(), user)
