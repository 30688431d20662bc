"""Whether execution may begin at all: prerequisites, attested or overridden (R-PRE)."""
