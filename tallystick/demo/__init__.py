"""A whole incident on the real code path, in seconds, from a firing alert to a bundle anybody can check."""
