"""From files to rows: which files of a folder, what is known of them, and what is stored."""
