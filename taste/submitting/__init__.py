"""From an annotator's draft to rows of evidence: what is missing, and handing in."""
