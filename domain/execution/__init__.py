"""What was done: executions that the rules allowed, and what was done without asking (R-WF-30, R-ROL-08)."""
