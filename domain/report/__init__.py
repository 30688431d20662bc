"""The report that people write on top of what the facts say (R-STEP-43)."""
