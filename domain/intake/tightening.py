"""A stricter profile for an open incident; never a looser one (R-PROF-01, R-CFG-04)."""

from __future__ import annotations

from domain.classified import Profile
from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.intake.commands import TightenProfile
from domain.intake.facts import PolicyAdopted
from domain.intake.opening import pinned
from domain.prose import prose
from domain.refusal import Refusal

BY_STRICTNESS: tuple[Profile, ...] = ("solo", "team", "strict")


def tighten(state: Incident, command: TightenProfile, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the adoption of the stricter profile's policy; verdicts under the old one are stale."""
    before = BY_STRICTNESS.index(state.intake.profile)
    if BY_STRICTNESS.index(command.profile) <= before:
        return Refusal(
            code="PROFILE_LOOSER",
            message="a profile can only be tightened",
            place="profile",
            expected="one of " + (", ".join(BY_STRICTNESS[before + 1 :]) or "none: this is the strictest"),
            found=command.profile,
        )
    found = pinned(command.profile, context)
    if isinstance(found, Refusal):
        return found
    profile, policy_sha256 = found
    return (PolicyAdopted(profile=profile, policy_sha256=policy_sha256, rationale=prose(command.rationale)),)
