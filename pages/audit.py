"""Audit: the latest records, a search, and a verification."""

from __future__ import annotations

from console import audit_export
from console.identity import check, require
from console.views.shared.proving import ask_proof
from etl_batch.defaults import default_home
from etl_batch.ui.audit import wording
from etl_batch.ui.audit.view import show_audit
from etl_batch.ui.shared import markup

require("page.audit")
markup.heading(wording.TITLE, wording.LEAD)
ask_proof(default_home())
show_audit(default_home(), lambda: check("audit.read"), audit_export.url)
