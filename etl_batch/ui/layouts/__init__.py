"""The Layouts screen."""
