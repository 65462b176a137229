"""Whether models that came out later score higher, where models share items."""
