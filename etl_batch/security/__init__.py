"""What guards a run: paths, formula escaping, the audit log."""
