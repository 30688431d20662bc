"""What happens in the demonstration, as rows: when, who, in whose words, and what is asked of the ledger.

High latency of an API, SEV-1, rolled back to 1.2.3 within 27 minutes, by two people, as a drill. Everything
is asked of the same use cases as over HTTP; nothing here knows what will be recorded.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from domain.archive.commands import ReviewManifest, Seal
from domain.commands import Command
from domain.crew.commands import JoinIncident
from domain.decisions.commands import ApprovePlan
from domain.execution.commands import RecordCommand, StartExecution
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.notices.commands import Acknowledge
from domain.people_commands import AddPerson
from domain.planning.commands import ProposePlan
from domain.recovery.commands import CheckTold, RecordChecks
from domain.report.commands import SectionTold, WriteReport
from domain.resolution.commands import (
    AlertsTold,
    CloseIncident,
    ConfirmResolution,
    RecordActionItem,
    SloTold,
    StabilityTold,
    VerifyRestoration,
)
from domain.rootcause.commands import ArchiveEvidence, CaptureEvidence, RecordFinding
from domain.severity.commands import (
    BlastRadiusTold,
    ConfirmScope,
    CustomerImpactTold,
    ProposeSeverity,
    SloBreachTold,
)
from domain.timeline.commands import AddTimelineEntry


class Alert(Struct, frozen=True):
    """The alert fires, or is over, and Alertmanager says so."""

    firing: bool


class Attach(Struct, frozen=True):
    """The alert is attached to the incident by hand: an alert of a drill opens none."""

    rationale: str


class WithFile(Struct, frozen=True):
    """A command that names an uploaded file in ``field``."""

    command: Command
    field: str
    content: str


Deed = Command | Alert | Attach | WithFile


class Step(Struct, frozen=True):
    """One thing that happens: minutes and seconds after the alert began, by whom, in their words."""

    at: float
    who: str
    says: str
    deed: Deed


ADA, JORDAN, ALERTMANAGER = "Ada", "Jordan", "Alertmanager"

PEOPLE: Final = (
    AddPerson(name=ADA, roles=("on_call_lead", "sre_on_call")),
    AddPerson(name=JORDAN, roles=("release_manager", "product_owner", "performance_engineer")),
)
"""Who plays; the incident commander is whoever declares."""

OUTPUT: Final = """02:21:40 draining checkout-api: 12 of 12 pods
02:23:05 deploying checkout-api 1.2.3
02:25:31 12 of 12 pods ready
02:25:31 rollback to 1.2.3 complete
"""
LOG: Final = """02:09:58 pool exhausted: 200 of 200 connections in use
02:10:02 GET /v1/cart 1904 ms
02:10:02 retry 3 of 3 opens a connection
02:10:04 pool exhausted: 200 of 200 connections in use
"""
DIFF: Final = """--- a/checkout/pool.py
+++ b/checkout/pool.py
-    with pool.connection() as connection:
-        return fetch(connection, cart)
+    connection = pool.connect()
+    return fetch(connection, cart)
"""

TO_DO: Final = (
    RecordActionItem(title="Bound the connection pool and close what a retry opens."),
    RecordActionItem(title="Alert on the pool before customers notice."),
)

STEPS: Final = (
    Step(0.5, ALERTMANAGER, "API latency of checkout is above 800 ms.", Alert(firing=True)),
    Step(
        1.5,
        ADA,
        "This is a drill. Opening an incident.",
        OpenIncident(
            title="Checkout API answers slowly",
            summary="p99 latency is 1.9 s where 800 ms are promised; a third of carts time out.",
            environment="production",
            services=("checkout-api",),
            drill=True,
        ),
    ),
    Step(1.7, ADA, "This is the alert that woke me.", Attach("It fired for checkout a minute ago.")),
    Step(
        2,
        ADA,
        "It is real, I see it on the dashboard. I take command.",
        DeclareIncident(rationale="The dashboard and my own cart agree with the alert."),
    ),
    Step(2.5, JORDAN, "I am here, and I can release.", JoinIncident()),
    Step(
        3,
        ADA,
        "A third of customers are affected: SEV-1.",
        ProposeSeverity(
            severity="SEV-1",
            rationale="A third of carts time out, in every region.",
            slo_breaches=(
                SloBreachTold(
                    slo_id="checkout-latency-p99",
                    objective="800",
                    observed="1900",
                    window_s=120,
                    burn_rate="21",
                ),
            ),
            customer_impact=CustomerImpactTold(affected_users_ratio="0.33"),
            blast_radius=BlastRadiusTold(services=("checkout-api",), services_ratio="0.1"),
        ),
    ),
    Step(
        4,
        ADA,
        "Checkout only; no regulated data, and customers need no notice.",
        ConfirmScope(
            services=("checkout-api",),
            regions=("eu-west", "us-east"),
            regulated_data=False,
            customer_notification=False,
        ),
    ),
    Step(4.5, JORDAN, "Got the message.", Acknowledge(id="n1-2")),
    Step(
        6,
        JORDAN,
        "1.2.4 went out at 02:00. I propose to roll back to 1.2.3.",
        ProposePlan(template="rollback", to_version="1.2.3", from_version="1.2.4", service="checkout-api"),
    ),
    Step(
        8,
        ADA,
        "Approved: 1.2.3 ran for two weeks without trouble.",
        ApprovePlan(revision=1, rationale="Version 1.2.3 ran for two weeks without trouble."),
    ),
    Step(
        10,
        JORDAN,
        "Approved: the schema did not change between the two.",
        ApprovePlan(revision=1, rationale="Nothing was migrated between 1.2.3 and 1.2.4."),
    ),
    Step(11, ADA, "Rolling back now, under CHG-4711.", StartExecution(change_ref="CHG-4711")),
    Step(
        15.6,
        ADA,
        "The rollback is through.",
        WithFile(RecordCommand(exit_code=0, duration_ms=231_000, host="deploy-1"), "stdout", OUTPUT),
    ),
    Step(
        18, JORDAN, "Latency falls: 640 ms and going down.", AddTimelineEntry(text="p99 is 640 ms and falls.")
    ),
    Step(
        27,
        JORDAN,
        "All checks pass: it has recovered.",
        RecordChecks(
            checks=(
                CheckTold(
                    check="api_health", result="pass", expected="p99 below 800 ms", observed="p99 is 310 ms"
                ),
                CheckTold(
                    check="primary_user_journey", result="pass", observed="Ten orders placed, ten confirmed"
                ),
                CheckTold(check="data_integrity", result="pass", observed="Orders and payments agree"),
                CheckTold(check="error_rate", result="pass", expected="below 0.5 %", observed="0.1 %"),
                CheckTold(check="smoke_test", result="pass", observed="48 of 48"),
            )
        ),
    ),
    Step(28, ALERTMANAGER, "API latency of checkout is back to normal.", Alert(firing=False)),
    Step(
        58,
        ADA,
        "Half an hour without a breach, and the service level is met again.",
        VerifyRestoration(
            slos=(
                SloTold(slo_id="checkout-latency-p99", objective="800", observed="296", met=True, unit="ms"),
            ),
            alerts=AlertsTold(cleared=True),
            stability=StabilityTold(breaches=0),
        ),
    ),
    Step(
        59,
        ADA,
        "It is over.",
        ConfirmResolution(
            kind="rollback",
            summary="Release 1.2.3 answers in time again; no order was lost.",
            restored_version="1.2.3",
        ),
    ),
    Step(
        62,
        JORDAN,
        "Here is the log of the API from before the rollback.",
        WithFile(
            CaptureEvidence(
                kind="log",
                title="Log of checkout-api, 02:09 to 02:11",
                critical=True,
                media_type="text/plain",
            ),
            "blob",
            LOG,
        ),
    ),
    Step(
        64,
        JORDAN,
        "And the change that came with 1.2.4.",
        WithFile(
            CaptureEvidence(
                kind="diff", title="Change to the connection pool in 1.2.4", media_type="text/x-diff"
            ),
            "blob",
            DIFF,
        ),
    ),
    Step(
        66,
        ADA,
        "What made it worse: every retry opened a connection of its own.",
        CaptureEvidence(
            kind="contributing_factor",
            title="Retries multiplied the load",
            content="Three retries a request, each with a connection that nobody closed.",
        ),
    ),
    Step(
        68,
        JORDAN,
        "So this is what I think happened.",
        RecordFinding(
            statement="Release 1.2.4 opens a connection for each retry and closes none: the pool ran dry.",
            category="code_defect",
            evidence=("ev1", "ev2", "ev3"),
            remediation="Return to the context manager, and bound the retries.",
        ),
    ),
    Step(
        69,
        ADA,
        "That is all the evidence we need.",
        ArchiveEvidence(rationale="Log, change and cause are there."),
    ),
    Step(70, JORDAN, "I will fix the pool.", TO_DO[0]),
    Step(71, ADA, "And we want to know before customers do.", TO_DO[1]),
    Step(
        75,
        ADA,
        "What customers saw, for the report.",
        WriteReport(
            status="draft",
            sections=(
                SectionTold(
                    name="impact",
                    text="For 27 minutes a third of carts timed out and were not paid; no order was lost.",
                ),
                SectionTold(
                    name="next_steps",
                    text="The pool is bounded in the next release, and we alert on it before it runs dry.",
                ),
            ),
        ),
    ),
    Step(80, ADA, "The report is complete.", WriteReport(status="complete")),
    Step(81, ADA, "Sealing the manifest for review.", Seal(what="manifest")),
    Step(
        85,
        ADA,
        "I reviewed it, and it says what happened.",
        ReviewManifest(
            verdict="approved",
            role="incident_commander",
            rationale="The report says what happened, in order.",
        ),
    ),
    Step(
        90,
        JORDAN,
        "So did I: the recovery checks are all there.",
        ReviewManifest(
            verdict="approved",
            role="performance_engineer",
            rationale="Every recovery check is there, with numbers.",
        ),
    ),
    Step(
        92,
        ADA,
        "Closed.",
        CloseIncident(rationale="Restored, documented, reviewed; what is left to do has its owners."),
    ),
    Step(93, ADA, "Sealing the final manifest.", Seal(what="manifest")),
    Step(94, ADA, "And the bundle, for whoever asks in a year.", Seal(what="bundle")),
)
