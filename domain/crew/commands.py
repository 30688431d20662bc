"""Commands about who works on an incident."""

from __future__ import annotations

from msgspec import Struct

from domain.words import PrincipalId, Rationale, RoleName


class JoinIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="join", forbid_unknown_fields=True
):
    """Work on the incident from here on; whoever votes or acts joins by itself."""

    voting: bool = True


class LeaveIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="leave", forbid_unknown_fields=True
):
    """Stop working on the incident, or say of somebody else that they did."""

    principal: PrincipalId | None = None
    rationale: Rationale | None = None


class OfferCommand(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="offer-command", forbid_unknown_fields=True
):
    """Offer the command to somebody, who has it once they take it (R-ROL-07)."""

    to: PrincipalId


class TakeCommand(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="take-command", forbid_unknown_fields=True
):
    """Accept an offered command, or take it over as on-call lead when the commander cannot be reached."""

    rationale: Rationale | None = None


class GrantRole(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="grant-role", forbid_unknown_fields=True
):
    """Give somebody a role, and so access, for this incident alone (R-ROL-06, R-VIS-01)."""

    principal: PrincipalId
    role: RoleName
    rationale: Rationale


class RevokeRole(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="revoke-role", forbid_unknown_fields=True
):
    """Take back a role that was given for this incident."""

    principal: PrincipalId
    role: RoleName
    rationale: Rationale


class CoverRole(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="cover-role", forbid_unknown_fields=True
):
    """Name who is told instead of a role that nobody reachable holds (R-DIR-01)."""

    role: RoleName
    by: PrincipalId
    rationale: Rationale


EXAMPLES = (
    JoinIncident(),
    LeaveIncident(rationale="My shift is over, Bob goes on."),
    OfferCommand(to="p-bob"),
    TakeCommand(rationale="The commander does not answer for ten minutes."),
    GrantRole(
        principal="p-bob", role="release_manager", rationale="The release manager on duty cannot be reached."
    ),
    RevokeRole(principal="p-bob", role="release_manager", rationale="The release manager on duty is back."),
    CoverRole(
        role="product_owner", by="p-bob", rationale="Nobody who holds it can be reached; Bob speaks for them."
    ),
)
