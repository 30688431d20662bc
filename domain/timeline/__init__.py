"""What people add to the timeline themselves (R-STEP-33)."""
