"""Users: accounts, their roles and their sessions."""

from __future__ import annotations

from console.identity import require
from console.views.users import wording
from console.views.users.view import show_users
from etl_batch.defaults import default_home
from etl_batch.ui.shared import markup

user = require("page.users")
markup.heading(wording.TITLE, wording.LEAD)
show_users(default_home(), user)
