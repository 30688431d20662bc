"""What has to be there before a mitigation is executed: the list of the protocol (R-PRE-01).

The items are the same for everybody. How much each matters and what it holds by differs from profile to
profile: `domain.policy_prerequisites`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

SystemItem = Literal["R-PRE-30", "R-PRE-31", "R-PRE-32", "R-PRE-33"]
"""What is true of the systems at hand, and can be attested beforehand by a plan template."""

PrerequisiteId = Literal[
    "R-PRE-10",
    "R-PRE-11",
    "R-PRE-12",
    "R-PRE-13",
    "R-PRE-14",
    "R-PRE-15",
    "R-PRE-20",
    "R-PRE-21",
    "R-PRE-22",
    SystemItem,
]

ItemKind = Literal["artifact", "approval", "system"]


class Item(Struct, frozen=True):
    """One prerequisite: what it is, the protocol that supplies it, and its name for people."""

    kind: ItemKind
    source: str | None
    text: str


ITEMS: Mapping[PrerequisiteId, Item] = {
    "R-PRE-10": Item("artifact", "16", "MONITORING-PACKAGE.zip"),
    "R-PRE-11": Item("artifact", "16", "alert-test-results.json"),
    "R-PRE-12": Item("artifact", "15", "production-deployment-report.json"),
    "R-PRE-13": Item("artifact", "14", "rollback-verification-report.json"),
    "R-PRE-14": Item("artifact", None, "incident-playbook.md, if available"),
    "R-PRE-15": Item(
        "artifact",
        "16/15/monitoring",
        "monitoring-approval-record.json, post-deployment-validation.json, deployment-health-log.md, "
        "config/alert-rules.yaml",
    ),
    "R-PRE-20": Item("approval", None, "Authority of the incident commander or on-call lead to declare"),
    "R-PRE-21": Item("approval", None, "Release manager acknowledged the possible impact of a rollback"),
    "R-PRE-22": Item(
        "approval",
        None,
        "Security and compliance approval if regulated data or customer notification is involved",
    ),
    "R-PRE-30": Item("system", None, "Access to production dashboards and alerting tools"),
    "R-PRE-31": Item("system", None, "Privileged credentials for rollback and mitigation scripts available"),
    "R-PRE-32": Item("system", None, "Communication channels active: bridge and incident channel"),
    "R-PRE-33": Item("system", None, "Environment variables, permissions of directories, Python and shell"),
}
"""Every prerequisite there is, in the order of the protocol."""

SYSTEM_ITEMS: tuple[SystemItem, ...] = get_args(SystemItem)
