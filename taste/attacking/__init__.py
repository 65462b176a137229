"""Attacks a study's own judges and restater, and counts what the attacks achieve."""
