"""Who has to be told, who was, and how soon (R-STEP-13, R-DIR-01, R-GATE-12)."""
