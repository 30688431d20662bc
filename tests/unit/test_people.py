"""The decider of the directory: who may change it, and what it refuses (R-ROL-06, R-ROL-09, R-DIR-01)."""

from __future__ import annotations

from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from domain import people
from domain.authority import ADMINISTRATION, AUTHORITY
from domain.context import Principal
from domain.people_commands import (
    ACTIONS,
    EXAMPLES,
    WITH_ADDING,
    AddPerson,
    ChangePerson,
    ContactDetails,
    GrantRole,
    IssueToken,
    PersonChange,
    Reason,
    RevokeRole,
    RevokeToken,
    RoleGrant,
)
from domain.people_facts import Contact, PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.prose import prose, proses
from domain.role_facts import RoleGranted, RoleRevoked
from domain.role_names import ROLES, RoleId
from domain.text import nfc
from tests.support.decider import Given, Outcome
from tests.support.directory import (
    ADA,
    BOB,
    BOT,
    WHY,
    added,
    by_admin,
    changed,
    digest_of,
    directory,
    granted,
    issued,
    revoked,
    taken,
)
from tests.support.meaning import COMMANDER, context, fresh_id

WHO = "p-" + fresh_id(1).replace("-", "")
LEFT = changed(active=False)
COMMANDS: list[Any] = [
    AddPerson(name="Ada"),
    ChangePerson(principal=ADA, name="Ada Byron", rationale=WHY),
    IssueToken(principal=ADA, digest=digest_of(1)),
    RevokeToken(principal=ADA, token_id="t-1", rationale=WHY),
    GrantRole(principal=ADA, role="responder", rationale=WHY),
    RevokeRole(principal=ADA, role="responder", rationale=WHY),
]


def when(command: Any, *facts: Any) -> Outcome:
    """Return what an administrator's command comes to on a directory made of ``facts``."""
    return Given(directory(*facts), people.decide).when(command, by_admin())


@pytest.mark.req("R-DIR-01", "R-ROL-06", "R-EVT-28")
def test_a_person_is_added_with_contacts_and_the_roles_they_start_with() -> None:
    command = AddPerson(
        name="Ada",
        contacts=(ContactDetails(channel="email", address="ada@example.org"),),
        roles=("responder", "on_call_lead", "responder"),
    )
    why = prose(WITH_ADDING, WHO)
    when(command).then(
        PersonAdded(
            principal=WHO,
            kind="user",
            name=prose("Ada", WHO),
            contacts=(Contact(channel="email", address=prose("ada@example.org", WHO)),),
        ),
        RoleGranted(principal=WHO, role="responder", rationale=why),
        RoleGranted(principal=WHO, role="on_call_lead", rationale=why),
    )


@pytest.mark.req("R-EVT-04", "R-DIR-01")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_all_words_about_a_person_have_them_as_data_subject(command: Any) -> None:
    before = () if isinstance(command, AddPerson) else (added(), issued(1))
    given = (*before, granted("responder")) if isinstance(command, RevokeRole) else before
    subjects = {text.subject for fact in when(command, *given).facts for text in proses(fact)}
    assert subjects <= {WHO, ADA}
    assert subjects or isinstance(command, IssueToken)


def test_two_people_may_share_a_name_because_names_are_sealed() -> None:
    assert when(AddPerson(name="Ada"), added(ADA)).facts


@pytest.mark.req("R-ROL-06")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("principal", [COMMANDER, Principal(id=ADA, type="user")])
def test_only_a_ledger_administrator_changes_the_directory(command: Any, principal: Principal) -> None:
    for facts in ((), (added(), issued(1), granted("responder"))):
        outcome = Given(directory(*facts), people.decide).when(command, context(principal=principal))
        assert outcome.then_refused("ROLE_MISSING").expected == "one of ledger_admin"


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: type(command).__name__)
def test_who_is_not_there_is_unknown(command: Any) -> None:
    assert when(command, added(BOB)).then_refused("PERSON_UNKNOWN").found == ADA


def test_a_change_records_what_is_new_and_nothing_else() -> None:
    contacts = (ContactDetails(channel="phone", address="+44 20 7946 0018"),)
    when(ChangePerson(principal=ADA, contacts=contacts, rationale=WHY), added()).then(
        PersonChanged(
            principal=ADA,
            rationale=prose(WHY, ADA),
            contacts=(Contact(channel="phone", address=prose("+44 20 7946 0018", ADA)),),
        )
    )
    when(ChangePerson(principal=ADA, active=True, name="B", rationale=WHY), added()).then(
        PersonChanged(principal=ADA, rationale=prose(WHY, ADA), name=prose("B", ADA))
    )


def test_no_contacts_at_all_is_a_change() -> None:
    assert when(ChangePerson(principal=ADA, contacts=(), rationale=WHY), added()).facts[0].contacts == ()


@pytest.mark.parametrize("active", [None, True])
def test_a_change_that_changes_nothing_is_refused(active: bool | None) -> None:
    when(ChangePerson(principal=ADA, active=active, rationale=WHY), added()).then_refused("NOTHING_CHANGED")


def test_who_leaves_may_come_back() -> None:
    leave = ChangePerson(principal=ADA, active=False, rationale=WHY)
    when(leave, added()).then(PersonChanged(principal=ADA, rationale=prose(WHY, ADA), active=False))
    back = ChangePerson(principal=ADA, active=True, name="Ada", rationale=WHY)
    assert when(back, added(), LEFT).facts[0].active is True


@pytest.mark.parametrize(
    "command",
    [
        ChangePerson(principal=ADA, active=False, rationale=WHY),
        ChangePerson(principal=ADA, name="Ada", rationale=WHY),
        IssueToken(principal=ADA, digest=digest_of(1)),
        GrantRole(principal=ADA, role="responder", rationale=WHY),
    ],
    ids=lambda command: type(command).__name__,
)
def test_who_has_left_gets_nothing_more(command: Any) -> None:
    when(command, added(), LEFT).then_refused("PERSON_GONE")


def test_a_token_is_recorded_as_its_hash() -> None:
    token = IssueToken(principal=ADA, digest=digest_of(1))
    when(token, added()).then(TokenIssued(token_id=fresh_id(1), principal=ADA, digest=digest_of(1)))


def test_a_token_is_revoked_once_and_only_as_its_owners() -> None:
    def revoke(who: str, number: int) -> RevokeToken:
        return RevokeToken(principal=who, token_id=f"t-{number}", rationale=WHY)

    given = (added(), added(BOB), issued(1), issued(2, BOB), revoked(2))
    when(revoke(ADA, 1), *given).then(TokenRevoked(token_id="t-1", rationale=prose(WHY, ADA)))
    when(revoke(BOB, 1), *given).then_refused("TOKEN_ID_UNKNOWN")
    when(revoke(ADA, 9), *given).then_refused("TOKEN_ID_UNKNOWN")
    when(revoke(BOB, 2), *given).then_refused("TOKEN_REVOKED")


@pytest.mark.req("R-ROL-06")
def test_a_role_is_granted_once_and_taken_once() -> None:
    grant = GrantRole(principal=ADA, role="responder", rationale=WHY)
    take = RevokeRole(principal=ADA, role="responder", rationale=WHY)
    when(grant, added()).then(RoleGranted(principal=ADA, role="responder", rationale=prose(WHY, ADA)))
    when(grant, added(), granted("responder")).then_refused("ROLE_HELD")
    when(take, added(), granted("responder")).then(
        RoleRevoked(principal=ADA, role="responder", rationale=prose(WHY, ADA))
    )
    assert when(take, added()).then_refused("ROLE_NOT_HELD").expected == "a role that is held"
    assert when(grant, added(), granted("responder"), taken("responder")).facts


@pytest.mark.req("R-ROL-09")
@pytest.mark.parametrize("role", ROLES)
def test_programs_and_people_never_hold_each_others_roles(role: RoleId) -> None:
    human = ROLES[role].kind == "user"
    grant = GrantRole(principal=ADA, role=role, rationale=WHY)
    right, wrong = (added(), added(kind="service_account"))[:: 1 if human else -1]
    assert when(grant, right).facts
    assert when(grant, wrong).then_refused("ROLE_UNFIT").found == role
    for kind in ("user", "service_account"):
        outcome = when(AddPerson(name="x", kind=kind, roles=(role,)))
        assert outcome.facts if kind == ROLES[role].kind else outcome.then_refused("ROLE_UNFIT")


def test_the_last_administrator_may_go_because_the_homes_token_remains() -> None:
    given = (added(), granted("ledger_admin"))
    assert when(RevokeRole(principal=ADA, role="ledger_admin", rationale=WHY), *given).facts
    assert when(ChangePerson(principal=ADA, active=False, rationale=WHY), *given).facts


@pytest.mark.req("R-ROL-01")
def test_the_table_of_roles_is_total_and_knows_every_role_that_may_do_something() -> None:
    assert set(ROLES) == set(get_args(RoleId))
    used = {role for allowed in (*AUTHORITY.values(), *ADMINISTRATION.values()) for role in allowed}
    assert used <= set(ROLES)
    assert {role for role, about in ROLES.items() if about.kind == "service_account"} == {
        *("signal_ingestor", "scheduler", "notifier", "ci")
    }


def test_every_action_has_a_row_in_the_matrix() -> None:
    assert set(ACTIONS.values()) == set(ADMINISTRATION)
    assert set(ADMINISTRATION) & set(AUTHORITY) == {"grant-role", "revoke-role"}


@pytest.mark.req("R-ROL-02")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Reason, {"rationale": "too short"}),
        (Reason, {}),
        (PersonChange, {"name": "x"}),
        (RoleGrant, {"rationale": WHY, "role": "emperor"}),
        (AddPerson, {"name": ""}),
        (AddPerson, {"name": "a\nb"}),
        (AddPerson, {"name": "n" * 129}),
        (AddPerson, {"name": "x", "kind": "system"}),
        (AddPerson, {"name": "x", "roles": ["emperor"]}),
        (AddPerson, {"name": "x", "contacts": [{"channel": "pigeon", "address": "x"}]}),
        (AddPerson, {"name": "x", "contacts": [{"channel": "email", "address": " x"}]}),
        (AddPerson, {"name": "x", "contacts": [{"channel": "email", "address": "x\n"}]}),
        (AddPerson, {"name": "x", "contacts": [{"channel": "email", "address": "x"}] * 17}),
        (AddPerson, {"name": "x", "principal": ADA}),
    ],
)
def test_what_is_beyond_the_limits_is_refused_by_decoder_and_schema_alike(kind: Any, body: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, kind)
    assert not jsonschema.Draft202012Validator(msgspec.json.schema(kind)).is_valid(body)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_example_is_a_valid_body(kind: Any) -> None:
    example = EXAMPLES[kind]
    assert type(example) is kind
    assert nfc(example) == example
    jsonschema.Draft202012Validator(msgspec.json.schema(kind)).validate(
        msgspec.json.decode(msgspec.json.encode(example))
    )


def test_a_program_may_be_added_with_its_role() -> None:
    (person, role) = when(AddPerson(name="CI", kind="service_account", roles=("ci",))).facts
    assert (person.kind, role.role) == ("service_account", "ci")
    assert BOT not in person.principal
