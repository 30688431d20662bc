"""Every role there is (R-ROL-01): who may hold it and what it stands for.

What a role may do is in `domain.authority`; this table only says which words are roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from domain.people_facts import PersonKind

RoleId = Literal[
    "incident_commander",
    "on_call_lead",
    "sre_lead",
    "sre_on_call",
    "sre_team",
    "technical_lead",
    "project_manager",
    "release_manager",
    "release_engineering",
    "security_compliance",
    "performance_engineer",
    "devops_team",
    "monitoring_team",
    "product_owner",
    "support_lead",
    "downstream_owner",
    "retrospective_owner",
    "retrospective_team",
    "executive",
    "leadership",
    "client",
    "responder",
    "auditor",
    "dpo_legal",
    "ledger_admin",
    "signal_ingestor",
    "scheduler",
    "notifier",
    "ci",
]


class Role(Struct, frozen=True):
    """Who may hold a role, and what it stands for."""

    kind: PersonKind
    about: str


def _human(about: str) -> Role:
    return Role("user", about)


def _program(about: str) -> Role:
    return Role("service_account", about)


ROLES: Mapping[RoleId, Role] = {
    "incident_commander": _human("Leads the incident; executor and owner of Protocol 17."),
    "on_call_lead": _human("Leads the people on call; takes over when a commander cannot be reached."),
    "sre_lead": _human("Leads site reliability engineering."),
    "sre_on_call": _human("The reliability engineer on call."),
    "sre_team": _human("Reliability engineers, who carry out commands."),
    "technical_lead": _human("Answers for the technical side of a service."),
    "project_manager": _human("Keeps plans and people in step."),
    "release_manager": _human("Approves rollbacks and releases."),
    "release_engineering": _human("Carries out releases and rollbacks."),
    "security_compliance": _human("Security and compliance: regulated data, breaches, thresholds."),
    "performance_engineer": _human("Reviews recovery by the numbers."),
    "devops_team": _human("Runs platforms and pipelines."),
    "monitoring_team": _human("Keeps watch with Protocol 16."),
    "product_owner": _human("Speaks for the product and its users."),
    "support_lead": _human("Leads customer support."),
    "downstream_owner": _human("Receives the package of the incident: owner of Protocol 18."),
    "retrospective_owner": _human("Owner of Protocol 22, the retrospective."),
    "retrospective_team": _human("Takes part in retrospectives."),
    "executive": _human("Accepts residual business risk and authorises public statements."),
    "leadership": _human("Is kept informed."),
    "client": _human("A customer who is kept informed; reads nothing here."),
    "responder": _human("Works on incidents."),
    "auditor": _human("Reads everything, exports, changes nothing."),
    "dpo_legal": _human("Data protection and legal: erasure, holds, notifiable breaches."),
    "ledger_admin": _human("Administers this ledger: people, roles, keys, configuration."),
    "signal_ingestor": _program("Delivers signals of monitoring tools, and does nothing else."),
    "scheduler": _program("Records what the clock brings about."),
    "notifier": _program("Records what was sent to whom."),
    "ci": _program("Records what a pipeline did."),
}
"""Role -> what it is; a test holds the keys against `RoleId`."""
