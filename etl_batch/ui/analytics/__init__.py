"""The Analytics screen."""
