"""What to do about it: plans, options, the rollback checklist and its expiry (R-STEP-21, R-STEP-22)."""
