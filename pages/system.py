"""System: the machine, the versions and the settings."""

from __future__ import annotations

from console.identity import require
from console.views.system import wording
from console.views.system.view import show_system
from etl_batch.defaults import default_home
from etl_batch.ui.shared import markup

user = require("page.system")
markup.heading(wording.TITLE, wording.LEAD)
show_system(default_home(), user)
