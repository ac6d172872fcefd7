"""Attacks, and what they must not find."""
