"""How bad it is: rounds of proposals and votes until all agree, and what is affected (R-STEP-12)."""
