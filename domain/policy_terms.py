"""Words that every part of a policy file is made of (R-CFG-02)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct, field

T = TypeVar("T")

Severity = Literal["SEV-1", "SEV-2", "SEV-3"]
Role = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$(?!\n)")]
Roles = Annotated[tuple[Role, ...], Meta(min_length=1)]
ProtocolId = Annotated[str, Meta(pattern=r"^[0-9]{1,3}$(?!\n)")]
Positive = Annotated[int, Meta(ge=1)]
Whole = Annotated[int, Meta(ge=0)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Span = Annotated[str, Meta(pattern=r"^P[1-9][0-9]{0,2}[YMD]$(?!\n)", description="ISO 8601, e.g. P5Y")]


class BySeverity(Struct, Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value for each of the three levels."""

    sev_1: T = field(name="SEV-1")
    sev_2: T = field(name="SEV-2")
    sev_3: T = field(name="SEV-3")

    def of(self, severity: Severity) -> T:
        """Return the value for a level."""
        return {"SEV-1": self.sev_1, "SEV-2": self.sev_2, "SEV-3": self.sev_3}[severity]


def check_ratio(name: str, value: Decimal) -> None:
    """Raise ValueError unless ``value`` is above 0 and at most 1."""
    if not (value.is_finite() and 0 < value <= 1):
        raise ValueError(f"{name}: expected a ratio above 0 and at most 1, found {value}")


def check_above_zero(name: str, value: Decimal) -> None:
    """Raise ValueError unless ``value`` is finite and above 0."""
    if not (value.is_finite() and value > 0):
        raise ValueError(f"{name}: expected a finite number above 0, found {value}")
