"""Bundles: a run with everything that its report rests on, as one file for another database."""
