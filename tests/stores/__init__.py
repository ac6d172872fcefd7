"""Runs that read from object stores: a real server of S3 on this machine, and one between that fails as stores do."""
