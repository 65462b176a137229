"""The terminal app in which people mark decision points. It cannot reach a model."""
