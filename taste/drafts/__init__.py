"""Annotators' unfinished work: saved at every key, undone step by step, held by one process."""
