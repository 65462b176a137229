"""Inspect AI logs: samples become lines of our own, and the lines become events."""
