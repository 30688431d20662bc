"""What is measured, and against what: `make bench` runs it and writes docs/performance.md."""
