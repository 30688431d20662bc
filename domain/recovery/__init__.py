"""Whether the service recovered: checks, and what they come to (R-STEP-32, R-GATE-30)."""
