"""That it is over: restored, cleared, stable, confirmed, closed, or open again (R-STEP-41)."""
