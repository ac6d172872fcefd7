"""System: the machine, the versions and the settings."""

from __future__ import annotations

from console.identity import require
from console.views.system.view import LEAD, TITLE, show_system
from etl_batch.defaults import default_home
from etl_batch.ui.shared import markup

user = require("page.system")
markup.heading(TITLE, LEAD)
show_system(default_home(), user)
