"""Readers: from the bytes of a file to record batches and rejects."""
