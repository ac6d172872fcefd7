"""Fixed-length records."""
