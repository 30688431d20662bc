"""Facts about decisions (R-EVT-16)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.classified import Code, Count, Hash, Id, Timestamp, type_id
from domain.prose import Prose


class Attestation(Struct, frozen=True, kw_only=True):
    """A person's own signature: the exact text they signed and the OpenSSH signature (design 3)."""

    statement: Annotated[str, Meta(max_length=1_024, extra=type_id)]
    signature: Annotated[str, Meta(max_length=4_096, extra=type_id)]


class DecisionRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The plan's revision is put to those whose roles must approve it."""

    decision_id: Id
    topic: Literal["mitigation"]
    plan_revision: Count
    options: tuple[Code, ...]
    required_roles: tuple[Code, ...]


class DecisionGiven(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person approves or rejects, in ``role``, exactly the plan with hash ``plan_sha256``.

    ``granted_by`` and ``granted_at`` say by whose grant the person held the role: absent where the home's
    own token gives it, or being the commander.
    """

    decision_id: Id
    verdict: Literal["approved", "rejected"]
    role: Code
    plan_revision: Count
    plan_sha256: Hash
    option_id: Code
    rationale: Prose
    granted_by: Id | None = None
    granted_at: Timestamp | None = None
    attestation: Attestation | None = None


class DecisionRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last approval that was needed is there: the decision stands."""

    decision_id: Id
    outcome: Literal["approved"]
    approvals: Literal["complete"]
    plan_revision: Count
    option_id: Code


DecisionFact = DecisionRequested | DecisionGiven | DecisionRecorded
