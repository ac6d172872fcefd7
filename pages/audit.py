"""Audit: the latest records, a search, and a verification."""

from __future__ import annotations

from console.identity import require
from console.users import Role
from etl_batch.config import default_home
from etl_batch.security.audit import AuditLog
from etl_batch.ui import markup
from etl_batch.ui.audit import LEAD, TITLE, show_audit

require(Role.SUPER_ADMIN)
markup.heading(TITLE, LEAD)
show_audit(AuditLog(default_home()))
