"""Quantum ETL's engine: fixed-record binary, CSV and Parquet to one clean CSV and Parquet, with estimates."""

__version__ = "0.1.0"
