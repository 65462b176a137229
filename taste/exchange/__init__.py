"""Files that carry requests to another machine and answers back."""
