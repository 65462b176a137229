"""Bringing in what a colleague has: sessions, points, labels, by identity."""
