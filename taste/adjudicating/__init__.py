"""Several annotators' labels of one session side by side, and what is decided where they differ."""
