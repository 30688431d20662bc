"""What happens in the demonstration, as rows: when, who, in whose words, and what is asked of the ledger.

High latency of an API, SEV-1, rolled back to 1.2.3 within 27 minutes, by two people, as a drill. Everything
is asked of the same use cases as over HTTP; nothing here knows what will be recorded.
"""

from __future__ import annotations

from typing import Final

from tallystick.demo import documenting, mitigating
from tallystick.demo.steps import Step

STEPS: Final[tuple[Step, ...]] = (*mitigating.STEPS, *documenting.STEPS)
"""In the order in which they happen."""
