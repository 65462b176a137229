"""Between two sets of items: how they differ, and what an arm scores on one above the other."""
