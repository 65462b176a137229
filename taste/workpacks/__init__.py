"""One annotator's work as a database of its own: without what they must not see, and back."""
