"""Reads trajectories in the Agent Trajectory Interchange Format (ATIF)."""
