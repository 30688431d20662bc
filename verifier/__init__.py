"""Offline verification of an export. Trusts nobody; needs no server, no database, no network."""
