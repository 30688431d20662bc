"""Ways by which a notice leaves this program: one module a channel, behind the seam in `contract`."""
