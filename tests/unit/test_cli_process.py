"""``gates``, the next step in ``show``, nested fields, completion, and roles for one incident."""

from __future__ import annotations

import shlex
import unicodedata

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from api.requests import example
from domain.commands import COMMANDS, EXAMPLES
from tallystick.cli import completion
from tallystick.cli.fields import command
from tallystick.cli.shapes import names, shape
from tallystick.cli.spelled import spelled
from tests.support.commandline import Tally, run
from tests.support.use_cases import make_home

WHY = "rationale=Error rate above 20 %, confirmed by hand"
SEVERE = ("propose-severity", "severity=SEV-1", WHY)


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """A home with one incident whose severity is agreed."""
    tally = Tally(make_home(tmp_path_factory.mktemp("process") / "home"))
    number = tally.opened()
    tally("act", number, "declare", WHY).fine()
    tally("act", number, *SEVERE).fine()
    return tally


@pytest.mark.req("R-GATE-50", "R-GATE-51")
def test_gates_shows_what_is_expected_found_and_what_helps(tally: Tally) -> None:
    said = tally("gates", "INC-1").fine().out
    assert "Gate 1, Severity Alignment Gate: NOT_EVALUATED; guards planning" in said
    assert "evaluated now it would FAIL; this is no verdict" in said
    assert "at most 5 min" in said
    assert "attest-notice" in said


@pytest.mark.req("R-SVC-08")
def test_gates_are_shown_as_they_were(tally: Tally) -> None:
    then = tally("gates", "INC-1", "--at-version", "1", "--json").fine().json
    assert (then["version"], [card["state"] for card in then["gates"]]) == (1, ["NOT_EVALUATED"] * 4)
    assert tally("gates", "INC-1", "--at-version", "99").code == 1
    assert tally("gates", "INC-9").code == 1
    assert tally("gates", "INC-1", "--at", "2001-01-01T00:00:00Z").code == 1


@pytest.mark.req("R-DEC-65", "R-STEP-12")
def test_show_says_what_is_next_and_the_line_to_type(tally: Tally) -> None:
    said = tally("show", "INC-1").fine().out
    assert "severity     SEV-1\n" in said
    assert "commander    p-" in said
    assert "gates        1 NOT_EVALUATED, 2 NOT_EVALUATED" in said
    assert "next         What is affected is not confirmed in this round." in said
    assert "tallystick act INC-1 confirm-scope services=checkout" in said
    assert "missing      R-PRE-" in said
    assert "SEV-1" in tally("show").fine().out.splitlines()[1]


def test_the_line_to_type_works_as_printed(tally: Tally) -> None:
    number = tally.opened()
    said = tally("show", number).fine().out
    (line,) = [line.strip() for line in said.splitlines() if line.strip().startswith("tallystick act")]
    tally(*shlex.split(line)[1:]).fine()
    assert "assessing" in tally("show", number).fine().out


@pytest.mark.parametrize("action", [action for action in COMMANDS if action != "open"])
def test_every_example_can_be_spelled_and_read_again(action: str) -> None:
    fields = {name: value for name, value in example(action).items() if name != "action"}
    words = shlex.split(spelled("INC-1", action, fields))
    assert words[:4] == ["tallystick", "act", "INC-1", action]
    assert command(action, words[4:]) == EXAMPLES[action]


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1), max_size=3))
def test_lists_of_any_words_are_spelled_so_that_they_are_read_again(words: list[str]) -> None:
    premises = [unicodedata.normalize("NFC", f"x{word}") for word in words]
    line = spelled("INC-1", "propose-plan", {"premises": premises})
    assert command("propose-plan", shlex.split(line)[4:]).premises == tuple(premises)  # type: ignore[union-attr]  # a plan


def test_what_lies_inside_an_object_is_named_with_dots() -> None:
    found = command(
        "propose-severity",
        [WHY, "blast_radius.services=a,b", "blast_radius.tenants=12", "customer_impact.affected_users=7"],
    )
    assert found.blast_radius.services == ("a", "b")  # type: ignore[union-attr]  # a proposal
    assert found.blast_radius.tenants == 12  # type: ignore[union-attr]  # as above
    assert found.customer_impact.affected_users == 7  # type: ignore[union-attr]  # as above


def test_lists_and_objects_may_be_json_and_texts_never_are() -> None:
    found = command(
        "propose-plan",
        ['variables={"a":"b"}', "variables.c=d", 'risks=[{"risk":"It breaks."}]', "rationale=[not json"],
    )
    assert found.variables == {"a": "b", "c": "d"}  # type: ignore[union-attr]  # a plan
    assert found.risks[0].risk == "It breaks."  # type: ignore[union-attr]  # as above
    assert found.rationale == "[not json"  # type: ignore[union-attr]  # as above


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["blast_radius.tenant=1"], "found 'blast_radius.tenant'"),
        (["blast_radius.tenants=many"], "blast_radius/tenants: expected"),
        (["slo_breaches=[{]"], "slo_breaches: "),
        (['blast_radius={"services":["a"]}', "blast_radius.services.x=1"], "found 'blast_radius.services.x'"),
        (["severity=SEV-1", "severity=SEV-2"], "severity: expected it once"),
    ],
)
def test_a_nested_field_that_does_not_fit_is_a_usage_error(
    fields: list[str], said: str, tally: Tally
) -> None:
    ended = tally("act", "INC-1", "propose-severity", WHY, *fields)
    assert ended.code == 64
    assert said in ended.err


@pytest.mark.parametrize("action", COMMANDS)
def test_every_field_of_every_action_has_a_shape(action: str) -> None:
    assert all(shape(COMMANDS[action], name) is not None for name in names(COMMANDS[action]))


def context(tally: Tally, **params: object) -> typer.Context:
    made = typer.Context(typer.main.get_command(typer.Typer(callback=lambda: None)))
    made.params.update({"home": tally.home, **params})
    return made


def test_the_shell_offers_incidents_actions_fields_and_values(tally: Tally) -> None:
    numbers = [word for word, _ in completion.incidents_or_new(context(tally), "")]
    assert numbers[0] == "new"
    assert "INC-1" in numbers
    assert [word for word, _ in completion.incidents(context(tally), "inc-1")][-1] == "INC-1"
    actions = [word for word, _ in completion.actions(context(tally, incident="INC-1"), "vote")]
    assert actions == ["vote-severity"]
    assert [word for word, _ in completion.actions(context(tally, incident="new"), "")] == ["open"]
    severity = context(tally, action="vote-severity")
    assert [word for word, _ in completion.fields_of(severity, "s")] == ["severity="]
    assert [word for word, _ in completion.fields_of(severity, "severity=SEV-1")] == ["severity=SEV-1"]
    drill = context(tally, action="open")
    assert [word for word, _ in completion.fields_of(drill, "drill=")] == ["drill=yes", "drill=no"]


def test_where_nothing_can_be_looked_up_nothing_is_offered_and_nobody_is_told(tally: Tally) -> None:
    nowhere = context(tally)
    nowhere.params["home"] = tally.home / "nothing"
    assert completion.incidents(nowhere, "") == []
    assert completion.fields_of(context(tally, action="explode"), "") == []
    assert completion.fields_of(context(tally, action="open"), "colour=") == []


def test_a_completion_ends_well(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", "tallystick act new o")
    monkeypatch.setenv("COMP_CWORD", "3")
    monkeypatch.setenv("_TALLYSTICK_COMPLETE", "complete_bash")
    ended = run()
    assert (ended.code, ended.out, ended.err) == (0, "open\n", "")


@pytest.mark.req("R-ROL-06", "R-VIS-01")
def test_a_role_is_granted_for_one_incident_and_taken_back(tally: Tally) -> None:
    number = tally.opened(visibility="restricted")
    who = tally("people", "add", "Ada Lovelace", "--role", "responder", "--json").fine().json["principal"]
    words = ("--incident", number, "--rationale", "She is here tonight.")
    said = tally("role", "grant", "Ada Lovelace", "release_manager", *words).fine()
    assert "tallystick.role-granted.v1" in said.out
    assert "release_manager" not in tally("people", "show", who).fine().out
    again = tally("role", "grant", who, "release_manager", *words)
    assert (again.code, "ROLE_HELD" in again.err) == (1, True)
    receipt = tally("role", "revoke", who, "release_manager", *words, "--json").fine().json
    assert receipt["entries"][0]["type"] == "tallystick.role-revoked.v1"
    assert tally("role", "grant", "Nobody", "release_manager", *words).code == 1
