"""Which estimator serves which figure, on which rows: from the table of trials to all results."""
