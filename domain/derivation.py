"""How one type of fact follows from the facts before it (R-GATE-51)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident

# Any: each derivation takes its own fact, and the table `domain.rederiving.DERIVED` brings them together.
Derivation = Callable[[Incident, Any, Context], IncidentFact | None]
"""Returns the fact that the rules record where another stands, None if they record none of its type."""
