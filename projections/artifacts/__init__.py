"""Every artifact of an incident, rendered from its facts: one table, one interpreter, one header (R-ART)."""
