"""Attacks, as somebody who may write in a folder or reach the port would try them."""
