"""The policy files and the alert rules: complete, strict, and as the protocol has them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from application.configuration import parse_alert_rules
from domain.policy import Policy
from domain.policy_gates import Waiver
from domain.schemas import SCHEMAS, schema
from projections.configerror import ConfigError
from projections.policyfile import parse_policy

CONFIG = Path(__file__).parents[2] / "config"
GATES = CONFIG / "protocol_gates"
FILES = {"strict": "17.yaml", "team": "17.team.yaml", "solo": "17.solo.yaml"}
STRICT = (GATES / "17.yaml").read_text()


def policy(profile: str) -> Policy:
    """Return a shipped policy."""
    return parse_policy((GATES / FILES[profile]).read_bytes(), FILES[profile])


def broken(old: str, new: str) -> ConfigError:
    """Return the error that a change of the strict file leads to."""
    assert STRICT.count(old) >= 1
    with pytest.raises(ConfigError) as caught:
        parse_policy(STRICT.replace(old, new, 1).encode(), "17.yaml")
    return caught.value


@pytest.mark.req("R-CFG-02")
def test_the_strict_file_holds_the_protocols_values() -> None:
    strict = policy("strict")
    assert strict.severity.min_responders.sev_1 == 2
    assert strict.severity.rules.sev_1.burn_rate_1h == Decimal("14.4")
    assert strict.severity.auto_escalate.unmitigated_minutes == {"SEV-2": 120}
    assert strict.notification.sla_minutes == 5
    assert len(strict.notification.matrix.sev_1.roles) == 7
    assert strict.gates.severity_alignment.waiver == "none"
    assert strict.gates.mitigation_readiness.waiver == Waiver(
        approvers=("incident_commander", "release_manager"), requires="risk_assessment", ttl_hours=24
    )
    assert strict.gates.recovery_validation.success == Decimal("0.95")
    assert strict.gates.resolution_documentation.rca_min == 3
    assert strict.gates.resolution_documentation.waiver == "none"
    assert strict.expected_duration_minutes.main == (15, 45)
    assert strict.retention.phi_archive == "P6Y"
    assert strict.protocol.peers.performance.output_aliases == ("21",)


@pytest.mark.req("R-PROF-01")
def test_the_looser_profiles_differ_where_they_are_said_to_and_nowhere_else() -> None:
    for profile, first, others, approvers in (
        ("team", ["incident_commander", "sre_on_call", "product_owner"], "sre_on_call", "release_manager"),
        ("solo", ["incident_commander"], None, None),
    ):
        expected: dict[str, Any] = yaml.safe_load(STRICT)
        short = ["incident_commander", *([others] if others else [])]
        two = ["incident_commander", *([approvers] if approvers else [])]
        expected["severity"]["min_responders"] = {"SEV-1": 1, "SEV-2": 1, "SEV-3": 1}
        matrix = expected["notification"]["matrix"]
        matrix["SEV-1"]["roles"], matrix["SEV-2"]["roles"], matrix["SEV-3"]["roles"] = first, short, short
        readiness = expected["gates"]["mitigation_readiness"]
        readiness["approvers"] = readiness["waiver"]["approvers"] = two
        items = expected["prerequisites"]["items"]
        for item in ("10", "11", "12", "13"):
            items[f"R-PRE-{item}"]["class"] = "expected"
        items["R-PRE-21"]["holds_by"] = ["attestation", "approvals"]
        for item in ("30", "31", "32", "33"):
            items[f"R-PRE-{item}"]["holds_by"] = ["attestation", "template"]
        assert yaml.safe_load((GATES / FILES[profile]).read_text()) == expected
        assert policy(profile).gates.severity_alignment.waiver == "none"


@pytest.mark.req("R-CFG-02")
@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_generated_and_accepts_the_shipped_files(name: str) -> None:
    text = (CONFIG / "schemas" / f"{name}.schema.json").read_text()
    assert text == schema(name)
    document = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(document)
    folder = {"policy": GATES, "plan": CONFIG / "plans"}.get(name)
    files = [CONFIG / f"{name}.yaml"] if folder is None else [*folder.glob("*.yaml")]
    assert files
    for file in files:
        jsonschema.validate(yaml.safe_load(file.read_text()), document, jsonschema.Draft202012Validator)


@pytest.mark.req("R-CFG-02", "R-CFG-05")
@pytest.mark.parametrize(
    ("old", "new", "place", "expected", "found"),
    [
        ("sla_minutes: 5", "sla_minutes: 0", "notification.sla_minutes", "`int` >= 1", "'0'"),
        ("sla_minutes: 5", "sla_minutes: five", "notification.sla_minutes", "`int`", "`str`"),
        ("sla_minutes: 5", "sla: 5", "notification", "something the schema names", "sla"),
        ("  sla_minutes: 5\n", "", "notification", "the key sla_minutes", "none"),
        ('consensus: "1.0"', 'consensus: "1.01"', "gates.severity_alignment.consensus", None, "1.01"),
        ('consensus: "1.0"', 'consensus: "0"', "gates.severity_alignment.consensus", None, "0"),
        ('consensus: "1.0"', 'consensus: "NaN"', "gates.severity_alignment.consensus", None, "NaN"),
        ('"14.4"', '"Infinity"', "severity.rules.SEV-1.burn_rate_1h", None, "Infinity"),
        ('"6"', '"-6"', "severity.rules.SEV-2.burn_rate_6h", None, "-6"),
        ("waiver: none}", "waiver: maybe}", "gates.severity_alignment.waiver", None, "'maybe'"),
        ("waiver: none}", "waiver: {}}", "gates.severity_alignment.waiver", None, "`object`"),
        ("  severity_alignment:", "  severity_alignmen:", "gates", None, "severity_alignmen"),
        ("to: SEV-1", "to: SEV-0", "severity.auto_escalate.to", None, "'SEV-0'"),
        ("main: [15, 45]", "main: [15]", "expected_duration_minutes.main", "`array` of length 2", "1"),
        ("main: [15, 45]", "main: [15, x]", "expected_duration_minutes.main[1]", "`int`", "`str`"),
        ('id: "17"', 'id: "18"', "protocol.id", None, "'18'"),
        ("weekly: true", "weekly: true, weekly: false", "notification.cadence", None, "'weekly'"),
        ("weekly: true", "? [a] : b", "notification.cadence", None, "['a']"),
        ("{SEV-2: 120}", "{SEV-9: 120}", "severity.auto_escalate.unmitigated_minutes", None, None),
    ],
)
def test_a_wrong_file_is_refused_with_place_expected_and_found(
    old: str, new: str, place: str, expected: str | None, found: str | None
) -> None:
    error = broken(old, new)
    assert error.place == f"17.yaml.{place}"
    assert expected in {None, error.expected}
    assert found in {None, error.found}
    assert str(error) == f"{error.place}: expected {error.expected}, found {error.found}"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[",
        b"a: \x00",
        b"a",
        b"[]",
        b"a: &x 1\nb: *x",
        b"- " * 40 + b"x",
        b"{" * 3000,
        b"a: 1\n---\nb: 2",
        b"!!python/object:os.system {}",
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: bytes) -> None:
    for parse in (parse_policy, parse_alert_rules):
        with pytest.raises(ConfigError, match=r"^x"):
            parse(text, "x")


def test_a_file_is_written_out_without_aliases() -> None:
    lines = (
        "recovery: [incident_commander, sre_lead]",
        "resolution: [incident_commander, retrospective_owner]",
    )
    text = STRICT.replace(lines[0], lines[0].replace("[", "&r [")).replace(lines[1], "resolution: *r")
    with pytest.raises(ConfigError, match=r"^x: expected values written out, found the alias \*r$"):
        parse_policy(text.encode(), "x")


def test_alert_rules_are_as_strict() -> None:
    text = (CONFIG / "alert-rules.yaml").read_text()
    rules = parse_alert_rules(text.encode(), "rules")
    assert [rule.action for rule in rules.rules] == ["record", "record", "join", "open"]
    assert rules.severity["critical"] == "SEV-1"
    with pytest.raises(ConfigError, match=r"^rules.rules\[3\].action: expected .*, found 'page'$"):
        parse_alert_rules(text.replace("action: open", "action: page").encode(), "rules")


@pytest.mark.parametrize("name", ["alertname", "app.kubernetes.io/name", "[0]"])
def test_the_key_under_which_a_value_is_wrong_is_named(name: str) -> None:
    text = (CONFIG / "alert-rules.yaml").read_text()
    wrong = text.replace(
        "match: {severity: [info, information, none]}", f'match: {{severity: [info], "{name}": [[x]]}}'
    )
    with pytest.raises(ConfigError) as caught:
        parse_alert_rules(wrong.encode(), "rules")
    assert str(caught.value) == f"rules.rules[2].match.{name}[0]: expected `str`, found `array`"
