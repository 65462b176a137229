"""Exact companions of the t tests: whole clusters flip their signs, in all patterns if they can."""
