"""The table of trials, from a database or from a file: what every figure starts from."""
