"""Attacks on a console and an engine that run as they do for people, each as a test."""
