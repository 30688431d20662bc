"""Where an incident stands: states, transitions, halts, returns, escalations (R-TRN, R-STEP)."""
