"""Stratified estimates from one pass: pure functions of arrays and a seed."""
