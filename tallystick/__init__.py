"""The composition root: command line, settings and wiring. The only place that knows everybody."""
