"""The screens of the annotation tool: one task each."""
