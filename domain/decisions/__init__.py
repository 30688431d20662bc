"""Who agreed to the plan: requests, approvals and rejections bound to one revision (R-STEP-23)."""
