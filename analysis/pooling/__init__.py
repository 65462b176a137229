"""Figures of a run as a file without any text, for another laboratory to check."""
