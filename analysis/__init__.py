"""From stored verdicts to estimates, checks, figures and the report."""
