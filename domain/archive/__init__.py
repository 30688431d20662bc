"""Manifests, the bundle, and who reviewed them (R-MAN, R-BUN, R-HND-10, R-HND-11)."""
