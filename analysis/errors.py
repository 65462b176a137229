"""Why an estimator gives no figure. Nothing here knows the database or the command line."""


class EstimateError(ValueError):
    """The input cannot be estimated from; the message names the first offending value."""


class TooFewClusters(EstimateError):
    """All items lie in one cluster, so nothing shows how much clusters differ.

    A report catches this one and prints the figure without an interval.
    """


class TableError(EstimateError):
    """A table of trials is not what it should be; the message names file, row and what to do."""
