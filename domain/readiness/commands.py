"""Commands about execution readiness."""

from __future__ import annotations

from msgspec import Struct

from domain.words import Rationale


class EvaluatePrerequisites(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="evaluate-prerequisites",
    forbid_unknown_fields=True,
):
    """Evaluate what execution needs; if not strict, what is missing is a gap that the owner may override."""

    strict: bool = True


class OverridePrerequisites(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="override-prerequisites",
    forbid_unknown_fields=True,
):
    """Go on with the gaps of the latest evaluation, as Protocol Owner (R-PRE-42)."""

    rationale: Rationale


EXAMPLES = (
    EvaluatePrerequisites(strict=False),
    OverridePrerequisites(rationale="The monitoring package can follow; the dashboards are open."),
)
