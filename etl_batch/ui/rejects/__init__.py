"""The Rejects screen."""
