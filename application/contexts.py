"""What a decision on an incident is told: who asks, the time, the policy it pins, and who can be reached."""

from __future__ import annotations

from application.engine import Engine
from application.rosters import roster
from application.states import Folded
from domain.commands import Command
from domain.context import IDS_NEEDED, Chosen, Context, Principal
from domain.directory import roles_of
from domain.incident import Incident
from domain.intake.commands import TightenProfile
from domain.own_commands import CheckTimers, RecordDelivery, RecordVerification
from domain.planning.commands import ProposePlan
from domain.policy import Policy

Asked = Command | CheckTimers | RecordDelivery | RecordVerification


def fresh_context(engine: Engine, principal: Principal) -> Context:
    """Return what every decision of one request is told, however often it is repeated: ids are drawn once."""
    return Context(
        principal=principal,
        now=engine.clock(),
        ids=tuple(engine.new_id() for _ in range(IDS_NEEDED)),
        policies=engine.policies,
        profile=engine.profile,
    )


def full_context(
    engine: Engine,
    context: Context,
    folded: Folded[Incident],
    command: Asked,
    other: str | None = None,
) -> Context:
    """Return ``context`` with everything that deciding ``command`` on this state may read."""
    directory = engine.people.current().state
    return Context(
        principal=context.principal,
        now=context.now,
        ids=context.ids,
        policies=context.policies,
        profile=context.profile,
        policy=_policy(engine, folded.state, command),
        roster=roster(directory, engine.oncall, context.now),
        held=roles_of(directory, context.principal.id),
        template=_template(engine, command),
        other=other,
    )


def _policy(engine: Engine, state: Incident, command: Asked) -> Policy | None:
    sha256 = state.intake.policy_sha256
    if isinstance(command, TightenProfile):
        # What follows from adopting a policy is judged by the one adopted, which verdicts will name.
        sha256 = engine.policies.get(command.profile, sha256)
    return None if sha256 is None else engine.shelf.get(sha256)


def _template(engine: Engine, command: Asked) -> Chosen | None:
    if not isinstance(command, ProposePlan) or command.template is None:
        return None
    loaded = engine.templates.get(command.template)
    return None if loaded is None else Chosen(template=loaded.template, sha256=loaded.sha256)
