"""The HTTP face: JSON routes, the log, feeds and pages."""
