"""The quality gates: criteria as rows, one evaluator, states, and waivers (R-GATE)."""
