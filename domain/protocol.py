"""Which protocol this is (R-GLO-01)."""

from __future__ import annotations

PROTOCOL_ID = "17"
PROTOCOL_VERSION = "2.0"
