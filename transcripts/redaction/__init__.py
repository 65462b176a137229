"""Secrets and people's names taken out of recorded text before anything else sees it."""
