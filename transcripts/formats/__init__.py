"""Readers of recorded sessions: one folder or file per format, one line in the registry."""
