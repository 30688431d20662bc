"""The prerequisites of a policy: complete, and never loosened where that is forbidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.policy_prerequisites import Prerequisites
from domain.prerequisite_items import ITEMS, SYSTEM_ITEMS
from projections.configerror import ConfigError
from projections.policyfile import parse_policy

GATES = Path(__file__).parents[2] / "config" / "protocol_gates"
FILES = {"strict": "17.yaml", "team": "17.team.yaml", "solo": "17.solo.yaml"}
TEAM = (GATES / FILES["team"]).read_text()


def prerequisites(profile: str) -> Prerequisites:
    return parse_policy((GATES / FILES[profile]).read_bytes(), profile).prerequisites


def rows(profile: str) -> dict[str, tuple[str, ...]]:
    """Return id -> its class and ways, of a shipped policy."""
    return {item: (row.weight, *row.holds_by) for item, row in prerequisites(profile).items.items()}


def refusal(old: str, new: str) -> str:
    """Return what is said about a change of the team's file."""
    assert TEAM.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        parse_policy(TEAM.replace(old, new).encode(), "p")
    return str(caught.value)


@pytest.mark.req("R-PRE-01")
def test_every_item_has_a_kind_a_source_and_a_text_of_one_line() -> None:
    assert [(item[6:], row.kind, row.source) for item, row in ITEMS.items()] == [
        ("10", "artifact", "16"),
        ("11", "artifact", "16"),
        ("12", "artifact", "15"),
        ("13", "artifact", "14"),
        ("14", "artifact", None),
        ("15", "artifact", "16/15/monitoring"),
        *((number, "approval", None) for number in ("20", "21", "22")),
        *((number, "system", None) for number in ("30", "31", "32", "33")),
    ]
    assert all(row.text and "\n" not in row.text for row in ITEMS.values())


def test_templates_attest_what_is_a_state_of_systems_and_nothing_else() -> None:
    assert [item for item, row in ITEMS.items() if row.kind == "system"] == [*SYSTEM_ITEMS]


@pytest.mark.req("R-PRE-41", "R-PROF-01")
def test_strict_requires_artifacts_and_takes_the_word_of_people_only() -> None:
    assert rows("strict") == {
        **{f"R-PRE-{number}": ("required", "attestation") for number in (10, 11, 12, 13)},
        "R-PRE-14": ("info", "attestation"),
        "R-PRE-15": ("expected", "attestation"),
        "R-PRE-20": ("required", "attestation", "declaration"),
        "R-PRE-21": ("required", "attestation"),
        "R-PRE-22": ("conditional", "approvals"),
        **{f"R-PRE-{number}": ("required", "attestation") for number in (30, 31, 32, 33)},
    }


@pytest.mark.req("R-PRE-41", "R-PROF-01")
@pytest.mark.parametrize("profile", ["team", "solo"])
def test_the_looser_profiles_expect_artifacts_and_let_approvals_and_templates_speak(profile: str) -> None:
    assert rows(profile) == {
        **{f"R-PRE-{number}": ("expected", "attestation") for number in (10, 11, 12, 13, 15)},
        "R-PRE-14": ("info", "attestation"),
        "R-PRE-20": ("required", "attestation", "declaration"),
        "R-PRE-21": ("required", "attestation", "approvals"),
        "R-PRE-22": ("conditional", "approvals"),
        **{f"R-PRE-{number}": ("required", "attestation", "template") for number in (30, 31, 32, 33)},
    }


@pytest.mark.req("R-PRE-41")
@pytest.mark.parametrize("profile", FILES)
def test_a_word_is_good_for_a_day(profile: str) -> None:
    assert prerequisites(profile).attestation_ttl_hours == 24


@pytest.mark.req("R-PRE-01")
@pytest.mark.parametrize("item", ITEMS)
def test_a_policy_without_one_of_the_items_is_refused(item: str) -> None:
    (line,) = [line for line in TEAM.splitlines(keepends=True) if line.startswith(f"    {item}:")]
    assert refusal(line, "") == (f"p.prerequisites.items: expected every prerequisite, found no {item}")


@pytest.mark.req("R-PRE-42")
@pytest.mark.parametrize("weight", ["expected", "info", "conditional"])
def test_the_authority_to_declare_is_always_required(weight: str) -> None:
    assert refusal("R-PRE-20: {class: required", f"R-PRE-20: {{class: {weight}") == (
        f"p.prerequisites.items: expected R-PRE-20 to be required, found {weight}"
    )


@pytest.mark.req("R-PRE-42")
@pytest.mark.parametrize("weight", ["expected", "info"])
def test_the_approval_of_security_is_never_only_expected(weight: str) -> None:
    assert refusal("R-PRE-22: {class: conditional", f"R-PRE-22: {{class: {weight}") == (
        f"p.prerequisites.items: expected R-PRE-22 to be conditional or required, found {weight}"
    )


@pytest.mark.req("R-PRE-42")
def test_the_approval_of_security_may_be_required_always() -> None:
    text = TEAM.replace("R-PRE-22: {class: conditional", "R-PRE-22: {class: required")
    assert parse_policy(text.encode(), "p").prerequisites.items["R-PRE-22"].weight == "required"


@pytest.mark.req("R-PRE-42")
@pytest.mark.parametrize("way", ["attestation", "declaration", "template"])
def test_the_approval_of_security_holds_by_approvals_and_nothing_else(way: str) -> None:
    said = refusal("conditional, holds_by: [approvals]", f"conditional, holds_by: [approvals, {way}]")
    assert said == f"p.prerequisites.items: expected R-PRE-22 to hold by approvals, found {way}"


@pytest.mark.req("R-PRE-42")
def test_no_template_gives_the_authority_to_declare() -> None:
    said = refusal("[attestation, declaration]", "[attestation, template]")
    assert said == (
        "p.prerequisites.items: expected R-PRE-20 to hold by attestation or declaration, found template"
    )


@pytest.mark.req("R-PROF-01")
def test_a_template_attests_no_artifact() -> None:
    said = refusal(
        "R-PRE-13: {class: expected, holds_by: [", "R-PRE-13: {class: expected, holds_by: [template, "
    )
    assert said == "p.prerequisites.items: expected R-PRE-13 not to hold by a template, found that it does"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "attestation_ttl_hours: 24",
            "attestation_ttl_hours: 0",
            "attestation_ttl_hours: expected `int` >= 1",
        ),
        (
            "R-PRE-14: {class: info, holds_by: [attestation]}",
            "R-PRE-14: {class: info, holds_by: []}",
            "R-PRE-14.holds_by: expected `array` of length >= 1, found []",
        ),
        (
            "R-PRE-14: {class: info",
            "R-PRE-14: {class: maybe",
            "R-PRE-14.class: expected something the schema names, found 'maybe'",
        ),
        ("R-PRE-14: ", "R-PRE-16: ", "prerequisites.items"),
        (
            "R-PRE-14: {class: info,",
            "R-PRE-14: {class: info, weight: info,",
            "R-PRE-14: expected something the schema names, found weight",
        ),
    ],
)
def test_a_wrong_row_is_refused_where_it_stands(old: str, new: str, said: str) -> None:
    assert said in refusal(old, new)
