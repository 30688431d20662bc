"""Numbers people ask for, of one incident and over incidents: a table, and what reads it (R-LRN-20)."""
