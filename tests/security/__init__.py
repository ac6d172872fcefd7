"""Attacks: what somebody may try who can write files, or reach the port."""
