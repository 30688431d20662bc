"""The first half of the demonstration: from the firing alert to the recovered service."""

from __future__ import annotations

from typing import Final

from domain.crew.commands import JoinIncident
from domain.decisions.commands import ApprovePlan
from domain.execution.commands import RecordCommand, StartExecution
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.notices.commands import Acknowledge
from domain.planning.commands import ProposePlan
from domain.recovery.commands import CheckTold, RecordChecks
from domain.severity.commands import (
    BlastRadiusTold,
    ConfirmScope,
    CustomerImpactTold,
    ProposeSeverity,
    SloBreachTold,
)
from domain.timeline.commands import AddTimelineEntry
from tallystick.demo.steps import ADA, ALERTMANAGER, JORDAN, Alert, Attach, Step, WithFile

OUTPUT: Final = """02:21:40 draining checkout-api: 12 of 12 pods
02:23:05 deploying checkout-api 1.2.3
02:25:31 12 of 12 pods ready
02:25:31 rollback to 1.2.3 complete
"""
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
)
