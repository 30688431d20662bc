"""The second half of the demonstration: that it is over, why it happened, the report, and the bundle."""

from __future__ import annotations

from typing import Final

from domain.archive.commands import ReviewManifest, Seal
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
from tallystick.demo.steps import ADA, JORDAN, Step, WithFile

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
