"""The sections of the incident report: each from facts, each a list of blocks (R-ART-23)."""
