"""Formats: what a file is, and its records as batches and rejects; a package for each."""
