"""Redaction: what is taken out of a recording before anything else sees it."""
