"""Declared schemas: what columns are to be, held against every record, and written from what a file is."""
