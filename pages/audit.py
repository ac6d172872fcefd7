"""Audit: the latest records, a search, and a verification."""

from __future__ import annotations

from console import audit_export
from console.identity import present, require
from console.users import Role, check_role
from etl_batch.defaults import default_home
from etl_batch.ui.audit.view import LEAD, TITLE, show_audit
from etl_batch.ui.shared import markup

require(Role.SUPER_ADMIN)
markup.heading(TITLE, LEAD)
show_audit(default_home(), lambda: check_role(present(), Role.SUPER_ADMIN, "read the audit log"), audit_export.url)
