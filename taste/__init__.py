"""Would another move have been better? Runs, proposals, verdicts and the command line."""
