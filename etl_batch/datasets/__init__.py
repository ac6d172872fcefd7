"""Outputs as a person handles them: where they are, whether they are whole, pages of them, and backups restored."""
