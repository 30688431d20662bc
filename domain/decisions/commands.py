"""Commands about decisions."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.words import Rationale, Revision, RoleName

PlanHash = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="The hash of the plan that you saw."),
]


class SignedStatement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Your own signature: the statement you signed and the armored OpenSSH signature."""

    statement: Annotated[str, Meta(max_length=1_024)]
    signature: Annotated[str, Meta(max_length=4_096)]


class ApprovePlan(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="approve", forbid_unknown_fields=True
):
    """Approve the selected option of a revision of the plan, in one of the roles that must agree.

    Without a `role`, in the first one you hold that is still missing.
    """

    revision: Revision
    rationale: Rationale
    role: RoleName | None = None
    plan_sha256: PlanHash | None = None
    attestation: SignedStatement | None = None


class RejectPlan(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="reject", forbid_unknown_fields=True
):
    """Reject a revision of the plan in one of the roles that must agree."""

    revision: Revision
    rationale: Rationale
    role: RoleName | None = None
    plan_sha256: PlanHash | None = None
    attestation: SignedStatement | None = None


EXAMPLES = (
    ApprovePlan(revision=1, rationale="Version 1.2.3 ran for two weeks without trouble."),
    RejectPlan(revision=1, rationale="Version 1.2.3 cannot read the migrated orders."),
)
