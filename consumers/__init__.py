"""Signals coming in: bytes of a monitoring tool become commands, one pure decoder a format."""
