"""Calibrating model judges by people: which pairs are drawn, what labels buy, what they say."""
