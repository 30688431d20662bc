"""People who sign their approvals and reviews with keys of their own: the export counts them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.moment import timestamp
from ledger.attestation import Decision, sign_decision
from ledger.signer import Ed25519Signer, Signer
from tests.support.judging import enrol
from tests.support.stories import PLAN, WHY, Person
from tests.support.tales import Stage, Tale
from verifier.steps import Step

ALICES, BOBS = Ed25519Signer(b"\x31" * 32), Ed25519Signer(b"\x32" * 32)


def asked(tale: Tale, part: str) -> Any:
    """Return what a view of the incident says."""
    return tale.story.world.ask(tale.cast.carol, "GET", f"/v1/incidents/{tale.incident.stream}/{part}").json


def signed(tale: Tale, who: Person, key: Signer, decision: str, about: str) -> dict[str, str]:
    """Return somebody's approval of ``about``, signed by ``key`` under what they were shown."""
    now = tale.clock.now
    checkpoint = tale.story.world.ask(tale.cast.carol, "GET", "/log/checkpoint").body.decode()
    statement = Decision(
        origin=checkpoint.splitlines()[0],
        subject=tale.incident.stream,
        decision=decision,
        object=about,
        verdict="approved",
        principal=who.id,
        issued=timestamp(now),
        expires=timestamp(now + timedelta(minutes=10)),
    )
    made = sign_decision(statement, key)
    return {"statement": made.statement, "signature": made.signature}


@pytest.mark.req("R-DEC-31", "R-HND-11")
def test_approvals_and_reviews_are_signed_by_the_people_themselves(stage: Stage) -> None:
    people = ((stage.cast.alice, ALICES), (stage.cast.bob, BOBS))
    for who, key in people:
        enrol(stage.world.engine, stage.world.home, who.id, key)
    tale = stage.tell("planning")
    alice, bob, *_ = tale.cast
    tale.do(alice, "propose-plan", **PLAN)
    plan, (asked_for,) = asked(tale, "plan")["plan"], asked(tale, "decisions")["decisions"]
    on_plan = (asked_for["decision_id"], f"plan:{plan['plan_sha256']}")
    forged = signed(tale, bob, ALICES, *on_plan)
    tale.refused(bob, "approve", "ATTESTATION_INVALID", revision=1, rationale=WHY, attestation=forged)
    for who, key in people:
        tale.do(who, "approve", revision=1, rationale=WHY, attestation=signed(tale, who, key, *on_plan))
    tale.do(alice, "start-execution")
    tale.recovered().settled().captured().documented()
    sealed = tale.do(alice, "seal", what="manifest").data("evidence-manifest-sealed")
    tale.covered()
    on_manifest = (sealed["decision_id"], f"manifest:{sealed['sha256']}")
    stale = signed(tale, bob, BOBS, *on_plan)
    review = {"verdict": "approved", "rationale": WHY}
    tale.refused(bob, "review", "ATTESTATION_INVALID", attestation=stale, **review)
    for who, key in people:
        tale.do(who, "review", attestation=signed(tale, who, key, *on_manifest), **review)
    tale.closed()

    found = tale.export(disclose=True)
    assert found.count(Step.ATTESTATIONS) == 4
    reviews = found.artifact("approvals/reviewer-signoff.json")["data"]["reviews"]
    assert all(it["signature"] for it in reviews)
