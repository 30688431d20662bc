"""How incidents come to be, take alerts, and end without mitigation (R-STEP-11, R-TRN-01 to 03, 23 to 25)."""
