"""What the root cause is looked for in: evidence, findings, and the archive of both (R-STEP-42)."""
