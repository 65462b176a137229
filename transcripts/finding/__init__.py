"""Finding what to look at: lists, screening, likely points, random samples."""
