"""Plan templates: what ships is complete, and what could not become a plan is refused."""

from __future__ import annotations

import pytest

from domain.plan_template import Filled, PlanTemplate
from domain.template_filling import Missing, fill, filled_text
from projections.configerror import ConfigError
from projections.strictyaml import parse
from tests.support.plans import PLANS, VALUES, plan_text, template

CATEGORIES = ["script", "backup", "prerequisite", "dependency", "credential", "rehearsal"]


def refusal(name: str, old: str, new: str) -> str:
    """Return what is said about a change of a shipped template."""
    text = plan_text(name)
    assert old in text
    with pytest.raises(ConfigError) as caught:
        parse(text.replace(old, new, 1).encode(), PlanTemplate, "p")
    return str(caught.value)


def filled(name: str) -> Filled:
    plan = fill(template(name), VALUES[name])
    assert isinstance(plan, Filled)
    return plan


def test_three_templates_ship() -> None:
    assert {path.stem for path in PLANS.iterdir()} == set(VALUES)


@pytest.mark.req("R-WF-34")
@pytest.mark.parametrize("name", VALUES)
def test_a_shipped_template_is_named_as_its_file_and_asks_for_what_it_uses(name: str) -> None:
    shipped = template(name)
    assert shipped.name == name
    assert {row for row, variable in shipped.variables.items() if variable.required} == set(VALUES[name])
    assert all(f"{{{row}}}" in plan_text(name) for row in shipped.variables)
    assert "{" not in str(filled(name))


@pytest.mark.req("R-WF-03")
def test_the_rollback_template_reasons_as_the_protocol_does() -> None:
    plan = filled("rollback")
    assert plan.premises == ("Severity confirmed", "System state understood", "Rollback plan available")
    assert plan.constraints == ("Minimise customer impact while preserving data integrity",)
    assert plan.evidence == (
        "Monitoring data",
        "Rollback verification results",
        "Feature flag inventory",
    )
    assert "severity, blast radius and the available options" in plan.rationale
    assert [(risk.risk, risk.mitigation) for risk in plan.risks] == [
        ("Rollback may lose recent data", "Verify the backup first"),
        ("Flag may not isolate", "Keep rollback ready as backup"),
    ]


@pytest.mark.req("R-COM-10", "R-WF-03")
@pytest.mark.parametrize("name", VALUES)
def test_the_options_are_those_of_the_decision_prompt(name: str) -> None:
    assert [(option.id, option.kind, option.pros, option.cons) for option in filled(name).options] == [
        (
            "A",
            "rollback",
            ("Most reliable", "Proven stable state"),
            ("May lose recent data", "Disruptive"),
        ),
        (
            "B",
            "feature_flag",
            ("Quick mitigation", "Targeted scope"),
            ("Only works for flagged features", "May miss root cause"),
        ),
        (
            "C",
            "hotfix",
            ("Targeted fix", "Preserves new features"),
            ("Requires development time", "May introduce new issues"),
        ),
    ]


@pytest.mark.req("R-WF-04", "R-WF-34")
@pytest.mark.parametrize(
    ("name", "select", "fallback"),
    [("rollback", "A", None), ("feature_flag", "B", "A"), ("hotfix", "C", "A")],
)
def test_a_shipped_template_selects_its_option_and_says_what_to_run(
    name: str, select: str, fallback: str | None
) -> None:
    plan = filled(name)
    assert (plan.select, plan.fallback) == (select, fallback)
    commands = {option.id: option.commands for option in plan.options}
    assert all(commands[each] for each in (select, fallback) if each is not None)
    assert all(dependency.known for option in plan.options for dependency in option.dependencies)


@pytest.mark.req("R-WF-05", "R-GATE-20", "R-PROF-01")
@pytest.mark.parametrize("name", VALUES)
def test_a_shipped_template_brings_every_category_and_attests_the_systems(name: str) -> None:
    plan = filled(name)
    assert [item.category for item in plan.checklist] == CATEGORIES
    for item in plan.checklist:
        assert item.pre_verified is not None
        assert item.pre_verified.valid_hours == 24
        assert item.pre_verified.statement.endswith("edit this when it no longer holds.")
    assert plan.prerequisites == ("R-PRE-30", "R-PRE-31", "R-PRE-32", "R-PRE-33")


def test_the_values_stand_where_the_placeholders_were() -> None:
    plan = filled("hotfix")
    assert plan.title == "Deploy the hotfix 1.3.1"
    assert plan.options[0].title == "Full rollback to 1.2.3"
    assert plan.options[2].commands == ("./deploy.sh 1.3.1",)
    assert plan.options[0].dependencies[0].name == "The build of 1.2.3 can still be deployed"


def test_what_is_missing_and_what_nobody_asked_for_is_told_by_name() -> None:
    hotfix = template("hotfix")
    assert fill(hotfix, {}) == Missing(missing=("fix_version", "to_version"))
    assert fill(hotfix, {**VALUES["hotfix"], "tO": "1", "a": "2"}) == Missing(unknown=("tO", "a"))
    assert fill(hotfix, {"fix_version": "1", "b": "2"}) == Missing(missing=("to_version",), unknown=("b",))


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_a_blank_value_is_no_value(blank: str) -> None:
    assert fill(template("rollback"), {"to_version": blank}) == Missing(missing=("to_version",))


def test_a_variable_that_is_not_required_is_empty_when_it_is_not_given() -> None:
    text = plan_text("rollback").replace("required: true", "required: false")
    plan = fill(parse(text.encode(), PlanTemplate, "p"), {})
    assert isinstance(plan, Filled)
    assert plan.title == "Roll back to "


def test_braces_in_a_value_mean_nothing() -> None:
    values = {"a": "{b}", "b": r"\1 {a} {0} %s"}
    assert filled_text("{a}{b}", values) == r"{b}\1 {a} {0} %s"


@pytest.mark.parametrize("text", ["{}", "{ a }", "{A}", "{{b}}", "${b}", '{"a": 1}', "{a", "a}", "{a.b}"])
def test_other_braces_stay(text: str) -> None:
    assert filled_text(text, {"a": "x"}) == text


@pytest.mark.req("R-WF-04")
@pytest.mark.parametrize(("name", "kind"), [("feature_flag", "feature_flag"), ("hotfix", "hotfix")])
def test_a_flag_or_a_hotfix_needs_a_fallback(name: str, kind: str) -> None:
    said = refusal(name, "fallback: A\n", "")
    assert said == f"p.fallback: expected an option, for a {kind} can fail, found none"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("select: B", "select: D", "p.select: expected one of A, B, C, found D"),
        ("fallback: A", "fallback: D", "p.fallback: expected one of A, B, C, found D"),
        ("fallback: A", "fallback: B", "p.fallback: expected another option than the selected one, found B"),
        ("- id: C", "- id: A", "p.options: expected each id once, found A twice"),
        ("- id: data-backup", "- id: rollback-script", "p.checklist: expected each id once, found"),
        ("- R-PRE-31", "- R-PRE-30", "p.prerequisites: expected each id once, found R-PRE-30 twice"),
        ("- R-PRE-31", "- R-PRE-21", "p.prerequisites[1]: expected"),
        ("  flag: {", "  Flag-1: {", "p.variables: expected names of the form"),
        (
            "kind: hotfix",
            "kind: magic",
            "p.options[2].kind: expected something the schema names, found 'magic'",
        ),
        ("category: backup", "category: hope", "p.checklist[1].category: expected"),
        ("likelihood: medium", "likelihood: 3", "p.risks[0].likelihood: expected"),
        ("valid_hours: 24", "valid_hours: 0", "p.checklist[0].pre_verified.valid_hours: expected `int` >= 1"),
        ("bound: false", "bound: maybe", "p.checklist[0].bound: expected `bool`, found `str`"),
        ("- id: data-backup", "- id: Data Backup", "p.checklist[1].id: expected"),
        ("    title: Feature flag disable of {flag}", '    title: " "', "p.options[1].title: expected"),
        ("rationale: >-", "why: >-", "p: expected something the schema names, found why"),
        ("required: true, ", "", "p.variables.flag: expected the key required, found none"),
    ],
)
def test_what_could_not_become_a_plan_is_refused(old: str, new: str, said: str) -> None:
    assert refusal("feature_flag", old, new).startswith(said)


def test_a_plan_without_options_is_refused() -> None:
    text = plan_text("rollback")
    start, end = text.index("options:\n"), text.index("select:")
    assert refusal("rollback", text[start:end], "options: []\n").startswith("p.options: expected `array`")
