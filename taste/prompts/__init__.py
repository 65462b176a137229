"""The prompts: Markdown files, one per role, and the list of stock moves."""
