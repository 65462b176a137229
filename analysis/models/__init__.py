"""Model against model: equivalence within a margin, and strengths where models met each other."""
