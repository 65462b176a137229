"""Reads the rollouts that the Codex command line writes."""
