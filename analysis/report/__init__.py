"""The report of a run: reads everything once, then words, pictures and pages, all pure."""
