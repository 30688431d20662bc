"""Offline verification of a log or an export. Trusts nobody; needs no server and no database."""

from verifier.report import Report
from verifier.source import Directory, Memory, Source
from verifier.verify import verify

__all__ = ["Directory", "Memory", "Report", "Source", "verify"]
