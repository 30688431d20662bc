"""Step 11: verdicts, and whatever else follows from an incident's facts, are derived again and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

import verifier.verdicts
from application.reading import place
from domain.facts import MalformedFact, decode
from domain.gates.facts import GateScope
from domain.ratio import Ratio
from ledger.event import Event
from ledger.exportlayout import blob_path
from tests.support.forging import Content, with_sums
from tests.support.judging import Judged, judged_export, with_fact
from tests.support.ledgers import new_id
from tests.support.verdicts import first, kinds, state
from verifier import Memory, Report, verify
from verifier.container import Accepted
from verifier.policies import KEPT, Policies
from verifier.tally import Tally
from verifier.verdicts import check_verdicts

GATE = "tallystick.gate-evaluated.v1"
CONSENSUS = "tallystick.severity-consensus-reached.v1"
READY = "tallystick.rollback-readiness-assessed.v1"
REQUESTED = "tallystick.decision-requested.v1"
GIVEN = "tallystick.decision-given.v1"
RECORDED = "tallystick.decision-recorded.v1"
PREREQUISITES = "tallystick.prerequisites-evaluated.v1"
OPENED = "tallystick.incident-opened.v1"
CHOICES = (
    {"PASS", "FAIL"},
    {"yes", "no", "warning", "not_applicable"},
    {"strict", "standard", "relaxed"},
    {">=", "<=", "="},
    {"gate", "minimum"},
    {"ratio", "ms", "count", "truth"},
)
"""Words of a verdict that can stand for one another."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("judged")
    return judged_export(folder / "home", folder / "export")


def gaps(report: Report | Tally) -> dict[str, str]:
    return {gap.kind: f"{gap.first.place}: {gap.first.reason}" for gap in report.gaps}


def rejudged(judged: Judged, target: int, data: Mapping[str, Any]) -> Tally:
    """Return what the step makes of the incident when one entry says ``data``; nothing else is checked."""
    told = [
        replace(event, data=dict(data)) if at == target else event for at, event in enumerate(judged.events)
    ]
    facts = [place(event, at, "0" * 64) for at, event in enumerate(told) if event.subject != "keys"]
    tally = Tally()
    check_verdicts(facts, Policies(Accepted(Memory(judged.content))), tally)
    return tally


def holds_together(data: Mapping[str, Any]) -> bool:
    """Return whether a verdict can be read at all; one that cannot is refused long before."""
    try:
        return bool(decode(GATE, dict(data)))
    except MalformedFact:
        return False


def inserted(judged: Judged, after: int, kind: str, data: Mapping[str, Any]) -> Content:
    """Return the forgery with one more fact behind an entry."""
    before = judged.events[after]
    return judged.forged(
        lambda event: event, (before.id, replace(before, id=new_id(), type=kind, data=dict(data)))
    )


def others(value: Any) -> Iterator[Any]:
    """Yield values of plain data that differ from ``value`` in one place."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield from (word for words in CHOICES if value in words for word in words - {value})
            yield f"{value[:-1]}{'0' if value[-1] != '0' else '1'}"
        case list():
            yield value[:-1]
            for at, item in enumerate(value):
                yield from ([*value[:at], other, *value[at + 1 :]] for other in others(item))
        case dict():
            for name, member in value.items():
                yield from ({**value, name: other} for other in others(member))


@pytest.mark.req("R-GATE-51")
def test_every_verdict_follows_from_the_facts_before_it(judged: Judged) -> None:
    report = judged.report()
    assert (report.verdict, state(report, 11)) == ("valid", ("passed", 13))
    assert any(line.startswith("Every verdict follows") for line in report.proves)


def test_a_forger_who_changes_nothing_is_not_found(judged: Judged) -> None:
    assert judged.report(judged.forged(lambda event: event)).verdict == "valid"


@pytest.mark.req("R-GATE-51")
@pytest.mark.parametrize("number", [0, 1, 2, 4], ids=["gate 1", "relaxed", "tightened", "gate 2"])
def test_every_tampering_of_a_verdict_is_found(judged: Judged, number: int) -> None:
    target = judged.position(GATE, number)
    known = dict(judged.events[target].data)
    tampered = [data for data in others(known) if holds_together(data)]
    assert len(tampered) > 40
    for data in tampered:
        report = rejudged(judged, target, data)
        if data["engine"] != 1:  # cannot be refuted by this engine, and is not valid either
            assert (kinds(report), set(gaps(report))) == ({}, {"verdict"})
        elif data.get("tightened") == known.get("tightened") or number == 2:
            assert "verdict" in kinds(report), data


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        (GATE, {"result": "FAIL"}, "expected result PASS, found result FAIL"),
        (GATE, {"criteria": ()}, "expected criteria: rollback_prerequisite_coverage present, found"),
        (GATE, {"metrics": ()}, "expected metrics: readiness_score present, found metrics"),
        (GATE, {"scope": GateScope(round=2, plan_revision=1)}, "scope: round 1, found scope: round 2"),
        (GATE, {"mode": "relaxed"}, "expected authoritative False, found authoritative True"),
        (GATE, {"gate": "resolution_documentation"}, f"no such fact here: it does not follow, found {GATE}"),
        (CONSENSUS, {"severity": "SEV-3"}, "expected severity SEV-1, found severity SEV-3"),
        (CONSENSUS, {"agreeing": 4, "responders": 4}, "expected agreeing 1, found agreeing 4"),
        (READY, {"readiness_score": Ratio(9, 9)}, "expected readiness_score 6/6, found readiness_score 9/9"),
        (REQUESTED, {"required_roles": ()}, "expected required_roles: "),
        (GIVEN, {"plan_sha256": "0" * 64}, f", found plan_sha256 {'0' * 64}"),
        (GIVEN, {"plan_revision": 2}, "expected plan_revision 1, found plan_revision 2"),
        (GIVEN, {"option_id": "other"}, ", found option_id other"),
        (RECORDED, {"option_id": "other"}, ", found option_id other"),
        (PREREQUISITES, {"outcome": "halt"}, "expected outcome proceed, found outcome halt"),
    ],
)
def test_what_does_not_follow_is_found_and_its_first_difference_named(
    judged: Judged, kind: str, changes: dict[str, Any], said: str
) -> None:
    report = judged.report(judged.forged(with_fact(kind, **changes)(judged)))
    assert "verdict" in kinds(report)
    assert first(report, "verdict").startswith(f"entry {judged.position(kind)}: expected ")
    assert said in first(report, "verdict")
    assert (report.exit_code, state(report, 11)[0]) == (1, "failed")


def test_a_consensus_that_nobody_voted_for_is_found(judged: Judged) -> None:
    declared = judged.position("tallystick.incident-declared.v1")
    forged = {"round": 1, "severity": "SEV-3", "agreeing": 2, "responders": 2}
    report = judged.report(inserted(judged, declared, CONSENSUS, forged))
    assert first(report, "verdict") == (
        f"entry {declared + 1}: expected no such fact here: it does not follow, found {CONSENSUS}"
    )


def test_a_decision_recorded_before_everybody_agreed_is_found(judged: Judged) -> None:
    one = judged.position(GIVEN, 0)
    forged = dict(judged.events[judged.position(RECORDED)].data)
    report = judged.report(inserted(judged, one, RECORDED, forged))
    assert first(report, "verdict").startswith(f"entry {one + 1}: expected no such fact here")


@pytest.mark.parametrize(
    ("kind", "number"), [(GIVEN, 0), ("tallystick.stakeholder-notified.v1", 0), (CONSENSUS, 0), (READY, 0)]
)
def test_a_verdict_does_not_outlive_the_facts_it_rests_on(judged: Judged, kind: str, number: int) -> None:
    dropped = judged.events[judged.position(kind, number)].id
    report = judged.report(judged.forged(lambda event: None if event.id == dropped else event))
    assert kinds(report).keys() == {"verdict"}


def test_an_approval_in_another_ones_name_does_not_complete_the_decision(judged: Judged) -> None:
    alice = judged.events[judged.position(GIVEN, 0)]
    forged = judged.forged(
        lambda event: replace(event, authid=alice.authid) if event.type == GIVEN else event
    )
    assert {"verdict", "attestation"} <= kinds(judged.report(forged)).keys()


@pytest.mark.req("R-GATE-51")
def test_a_verdict_of_another_engine_is_could_not_check(judged: Judged) -> None:
    report = judged.report(judged.forged(with_fact(GATE, engine=3)(judged)))
    assert (report.verdict, report.exit_code, report.findings) == ("could not check", 2, ())
    place = f"entry {judged.position(GATE)}"
    assert gaps(report) == {"verdict": f"{place}: not re-derived: engine 3, this tool 1"}
    assert state(report, 11) == ("incomplete", 12)


def policy_of(judged: Judged) -> str:
    return str(judged.events[judged.position(OPENED)].data["policy_sha256"])


@pytest.mark.req("R-CFG-04")
def test_without_the_policy_no_verdict_is_derived(judged: Judged) -> None:
    path = blob_path(policy_of(judged))
    report = judged.report(with_sums({k: v for k, v in judged.content.items() if k != path}))
    assert (report.exit_code, kinds(report), state(report, 11)) == (2, {}, ("incomplete", 0))
    assert gaps(report).keys() == {"artifact", "blob", "verdict"}
    assert f"policy {policy_of(judged)} cannot be read: {path}: no such file" in gaps(report)["verdict"]


def test_a_policy_with_other_bytes_judges_nothing(judged: Judged) -> None:
    path = blob_path(policy_of(judged))
    looser = judged.content[path].replace(b"sla_minutes: 5", b"sla_minutes: 9")
    assert looser != judged.content[path]
    report = judged.report(with_sums({**judged.content, path: looser}))
    assert kinds(report).keys() == {"blob"}
    assert gaps(report)["verdict"].endswith(f"policy {policy_of(judged)} has other bytes")


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (b"profile: team\n", "expected something the schema names, found profile"),
        (b"x" * 300_000, "at most 262144 bytes"),
    ],
)
def test_a_policy_that_cannot_be_read_is_could_not_check(judged: Judged, policy: bytes, said: str) -> None:
    sha256 = hashlib.sha256(policy).hexdigest()

    def pinning_another(event: Event) -> Event:
        pinned = {**event.data, "policy_sha256": sha256}
        return replace(event, data=pinned) if "policy_sha256" in event.data else event

    content = judged.forged(pinning_another)
    del content[blob_path(policy_of(judged))]
    report = judged.report(with_sums({**content, blob_path(sha256): policy}))
    assert (report.exit_code, kinds(report), state(report, 11)) == (2, {}, ("incomplete", 0))
    assert said in gaps(report)["verdict"]


@pytest.mark.req("R-CFG-04")
def test_a_verdict_is_judged_by_the_policy_that_the_incident_pins_and_no_other(judged: Judged) -> None:
    path = blob_path(policy_of(judged))
    looser = judged.content[path].replace(b"sla_minutes: 5", b"sla_minutes: 9")
    sha256 = hashlib.sha256(looser).hexdigest()
    forged = judged.forged(with_fact(GATE, policy_sha256=sha256)(judged))
    report = judged.report(with_sums({**forged, blob_path(sha256): looser}))
    # Neither does the execution that began on it follow.
    assert kinds(report) == {"verdict": 2}
    assert f"found policy_sha256 {sha256}" in first(report, "verdict")


def test_a_difference_behind_an_unknown_fact_is_could_not_check(judged: Judged) -> None:
    opened = judged.position(OPENED)
    report = judged.report(inserted(judged, opened, "tallystick.weather-noted.v1", {"n": 1}))
    assert (report.exit_code, kinds(report)) == (2, {})
    assert gaps(report)["verdict"] == (
        f"entry {judged.position(GATE, 0) + 1}: not re-derived: "
        "this tool does not know facts of type tallystick.weather-noted.v1"
    )


def test_a_verdict_where_no_incident_was_opened_is_found(judged: Judged) -> None:
    opened = judged.events[judged.position(OPENED)].id
    report = judged.report(judged.forged(lambda event: None if event.id == opened else event))
    assert first(report, "verdict").endswith(f"it does not follow, found {CONSENSUS}")


@pytest.mark.parametrize("broken", ["follows", "seen"])
def test_facts_that_break_a_rule_do_not_end_the_run(
    judged: Judged, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("role")

    monkeypatch.setattr(verifier.verdicts, broken, fails)
    report = judged.report()
    assert report.verdict == "could not check"
    assert gaps(report)["verdict"].endswith(": not re-derived: KeyError: 'role'")


def test_nothing_is_derived_from_a_stream_with_a_refused_entry(judged: Judged) -> None:
    at = judged.position(GATE)
    back = judged.events[at - 1].id
    report = judged.report(
        judged.forged(
            lambda event: (
                replace(event, recordedtime="2000-01-01T00:00:00.000000Z") if event.id == back else event
            )
        )
    )
    assert "time" in kinds(report)
    assert "verdict" not in kinds(report)
    assert state(report, 11) == ("incomplete", 0)


class Live(Memory):
    """A source that cannot list its files, and has none but the log's."""

    listed = False


def test_a_live_log_has_no_policies_so_verdicts_are_not_derived(judged: Judged) -> None:
    log = {k: v for k, v in judged.content.items() if k == "checkpoint" or k.startswith("tile/")}
    report = verify(Live(log), log_keys=judged.pinned)
    assert (report.verdict, state(report, 11)) == ("valid", ("not run", 0))
    assert state(report, 12) == ("passed", 1)
    assert not any("verdict" in line for line in report.proves)
    assert any("verdicts" in line for line in report.does_not_prove)


def test_few_policies_are_remembered(judged: Judged) -> None:
    class Counting(Memory):
        reads = 0

        def read(self, path: str, limit: int) -> bytes:
            Counting.reads += 1
            return super().read(path, limit)

    policies = Policies(Accepted(Counting(judged.content)))
    for _ in range(2):
        assert not isinstance(policies.get(policy_of(judged)), str)
    assert Counting.reads == 1
    for number in range(KEPT):
        policies.get(f"{number:064x}")
    policies.get(policy_of(judged))
    assert Counting.reads == 1 + KEPT + 1
