"""From the sets to all decisions: base rates, selection, known chances of being drawn."""
