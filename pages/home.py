"""Home: what runs, what ran, what needs somebody."""

from __future__ import annotations

from console.identity import require
from console.screens import doors_for
from console.users import Role
from etl_batch.ui import markup
from etl_batch.ui.home import LEAD, TITLE, show_home

user = require(Role.VIEWER)
markup.heading(TITLE, LEAD)
show_home(doors_for(user))
