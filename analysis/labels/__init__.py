"""How far annotators agree: on what a decision point is, and on where it lies."""
