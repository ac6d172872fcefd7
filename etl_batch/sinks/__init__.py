"""Sinks: from record batches to the bytes of the outputs, and their publication."""
