"""My account: your password and the places you are signed in."""

from __future__ import annotations

from console.identity import require
from console.views.account import wording
from console.views.account.view import show_account
from etl_batch.defaults import default_home
from etl_batch.ui.shared import markup

user = require("page.account")
markup.heading(wording.TITLE, wording.LEAD)
show_account(default_home(), user)
