"""Work on paper: an assignment as a YAML form for any editor or screen reader, and back."""
