"""Claude Code session JSONL, read in file order; `parentUuid` only tells rewinds."""
