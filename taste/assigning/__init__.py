"""Assignments: who is to work on what, in which mode, and how far they are."""
