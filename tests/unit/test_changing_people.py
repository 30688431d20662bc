"""Changes of the directory as a use case: sealed, recorded once, seen at once (R-ROL-06, R-DIR-01)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application import changing_people
from application.changing_people import Changed, PeopleRequest, change_people
from application.engine import Engine
from application.people import People
from application.people_asks import FORMS, Ask, command_of, path_of
from application.people_view import all_people, named, one_person
from application.reading import stream_facts
from application.repeating import Idempotency
from application.steps import run
from application.tokens import Grant, Tokens, token_digest
from domain.context import Principal
from domain.people_commands import (
    ACTIONS,
    AddPerson,
    ContactDetails,
    PersonChange,
    Reason,
    RevokeRole,
    RoleGrant,
)
from domain.people_facts import PersonAdded
from domain.refusal import Refusal
from domain.role_names import RoleId
from ledger.errors import IdempotencyReused, IntegrityError, StoreBusy
from tests.support.directory import ADMIN, WHY
from tests.support.use_cases import appends, meddle, open_home

READER = Principal(id="p-reader", type="user", roles=("responder",))


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def asked(
    engine: Engine, ask: Ask, *, by: Principal = ADMIN, key: str | None = None, body: bytes = b"1" * 32
) -> Changed | Refusal:
    idempotency = None if key is None else Idempotency(key, body)
    return run(change_people(engine, PeopleRequest(ask=ask, principal=by, idempotency=idempotency)))


def done(engine: Engine, ask: Ask, **options: Any) -> Changed:
    outcome = asked(engine, ask, **options)
    assert isinstance(outcome, Changed), outcome
    return outcome


def add(engine: Engine, name: str = "Ada Lovelace", *roles: RoleId, **options: Any) -> str:
    contacts = (ContactDetails(channel="email", address=f"SECRET {name}"),)
    ask = Ask(action="add-person", body=AddPerson(name=name, contacts=contacts, roles=roles))
    return done(engine, ask, **options).person


def leave(who: str) -> Ask:
    return Ask(action="change-person", body=PersonChange(active=False, rationale=WHY), who=who)


def token_for(engine: Engine, who: str) -> tuple[str, str]:
    issued = done(engine, Ask(action="issue-token", who=who))
    assert issued.token is not None
    assert issued.token_id is not None
    return issued.token, issued.token_id


@pytest.mark.req("R-EVT-04", "R-DIR-01")
def test_neither_name_nor_address_nor_token_is_in_the_log(engine: Engine) -> None:
    who = add(engine, "SECRET Ada", "responder")
    token, _ = token_for(engine, who)
    done(engine, Ask(action="revoke-role", body=Reason(rationale="SECRET reason"), who=who, part="responder"))
    facts = [item.fact for item in stream_facts(engine.store, "people")]
    assert len(facts) == 4
    stored = msgspec.json.encode(facts)
    assert b"SECRET" not in stored
    assert token.encode() not in stored
    assert token.removeprefix("tally_").encode() not in stored
    assert hashlib.sha256(token.encode()).hexdigest().encode() in stored


@pytest.mark.req("R-EVT-04")
def test_what_is_sealed_about_one_person_lies_under_keys_of_their_own(engine: Engine) -> None:
    for name in ("Ada", "Bob"):
        add(engine, name)
    ada, bob = (item.fact for item in stream_facts(engine.store, "people"))
    assert isinstance(ada, PersonAdded)
    assert isinstance(bob, PersonAdded)
    kids = [
        {text.sealed.kid for text in (fact.name, *(c.address for c in fact.contacts)) if text.sealed}
        for fact in (ada, bob)
    ]
    assert [len(found) for found in kids] == [1, 1]
    assert kids[0].isdisjoint(kids[1])


@pytest.mark.req("R-ROL-06")
def test_the_event_says_who_by_which_role_and_the_entry_is_one_for_all_of_it(engine: Engine) -> None:
    done(engine, Ask(action="add-person", body=AddPerson(name="Ada", roles=("responder", "auditor"))))
    items = stream_facts(engine.store, "people")
    assert [item.version for item in items] == [1, 2, 3]
    assert {(item.authid, item.authtype, item.authroles) for item in items} == {
        ("p-admin", "user", ("ledger_admin",))
    }


@pytest.mark.req("R-SVC-13", "R-ROL-06")
def test_a_token_acts_with_the_roles_of_now_and_ends_at_once(engine: Engine) -> None:
    tokens = Tokens((Grant(token_digest("home"), ADMIN),)).with_people(engine.people)
    who = add(engine, "Ada", "responder")
    token, token_id = token_for(engine, who)
    assert tokens.principal(token) == Principal(id=who, type="user", roles=("responder",))
    done(engine, Ask(action="grant-role", body=RoleGrant(role="auditor", rationale=WHY), who=who))
    assert tokens.principal(token) == Principal(id=who, type="user", roles=("auditor", "responder"))
    done(engine, Ask(action="revoke-token", body=Reason(rationale=WHY), who=who, part=token_id))
    assert tokens.principal(token) is None
    other, _ = token_for(engine, who)
    done(engine, leave(who))
    assert tokens.principal(other) is None
    assert tokens.principal("home") == ADMIN
    assert tokens.principal("tally_other") is None


@pytest.mark.req("R-ROL-09")
def test_a_program_acts_as_a_service_account(engine: Engine) -> None:
    body = AddPerson(name="Pipeline", kind="service_account", roles=("ci",))
    who = done(engine, Ask(action="add-person", body=body)).person
    found = Tokens((), engine.people).principal(token_for(engine, who)[0])
    assert found == Principal(id=who, type="service_account", roles=("ci",))


@pytest.mark.req("R-SVC-13")
def test_what_another_process_recorded_holds_at_once(engine: Engine, home: Path) -> None:
    who = add(engine, "Ada", "responder")
    token, _ = token_for(engine, who)
    tokens = Tokens((), engine.people)
    assert tokens.principal(token) is not None
    with open_home(home) as other:
        done(other, leave(who))
    assert tokens.principal(token) is None


def test_a_directory_that_does_not_hold_lets_the_homes_tokens_in(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(engine)
    rows = [msgspec.structs.replace(row, version=7) for row in engine.store.stream_rows("people")]
    monkeypatch.setattr(engine.store, "stream_rows", lambda *_: rows)
    tokens = Tokens((Grant(token_digest("home"), ADMIN),), People(engine.store))
    assert tokens.principal("home") == ADMIN
    with pytest.raises(IntegrityError):
        tokens.principal("other")


@pytest.mark.req("R-WF-32")
def test_a_request_that_is_sent_again_is_answered_without_the_token(engine: Engine) -> None:
    who = add(engine, key="a")
    assert add(engine, key="a") == who
    ask = Ask(action="issue-token", who=who)
    first, again = (done(engine, ask, key="k") for _ in range(2))
    assert (again.receipt.replayed, again.token, again.token_id) == (True, None, first.token_id)
    assert Tokens((), engine.people).principal(first.token or "") is not None
    with pytest.raises(IdempotencyReused):
        asked(engine, ask, key="k", body=b"2" * 32)
    revoke = Ask(action="revoke-token", body=Reason(rationale=WHY), who=who, part=first.token_id)
    assert done(engine, revoke, key="r").person == done(engine, revoke, key="r").person == who
    assert len(stream_facts(engine.store, "people")) == 3


def test_who_gave_up_their_own_authority_still_gets_the_answer_again(engine: Engine) -> None:
    who = add(engine, "Ada", "ledger_admin")
    ada = Principal(id=who, type="user", roles=("ledger_admin",))
    take = Ask(action="revoke-role", body=Reason(rationale=WHY), who=who, part="ledger_admin")
    done(engine, take, by=ada, key="k")
    now = Principal(id=who, type="user")
    assert done(engine, take, by=now, key="k").receipt.replayed
    assert isinstance(asked(engine, take, by=now), Refusal)


@pytest.mark.req("R-ROL-06")
def test_who_may_not_learns_nothing_of_who_is_there(engine: Engine) -> None:
    add(engine)
    for name in ("Ada Lovelace", "Nobody"):
        outcome = asked(engine, leave(name), by=READER)
        assert isinstance(outcome, Refusal)
        assert outcome.code == "ROLE_MISSING"


def test_people_are_asked_for_by_name_and_unknown_or_ambiguous_names_are_refused(engine: Engine) -> None:
    who = add(engine)
    assert done(engine, leave("ada lovelace")).person == who
    unknown = asked(engine, leave("Nobody"))
    assert isinstance(unknown, Refusal)
    assert unknown.code == "PERSON_UNKNOWN"
    for _ in range(2):
        add(engine, "Sam")
    twice = asked(engine, leave("Sam"))
    assert isinstance(twice, Refusal)
    assert twice.code == "PERSON_AMBIGUOUS"
    assert named(engine, who) == who


def test_a_command_is_decided_anew_when_another_process_was_first(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = meddle(engine, monkeypatch, appends(engine, "people"))
    add(engine)
    assert left == []
    assert engine.people.current().version == 2
    monkeypatch.setattr(changing_people, "ATTEMPTS", 2)
    meddle(engine, monkeypatch, *[appends(engine, "people")] * 2)
    with pytest.raises(StoreBusy, match="2 times, nothing was recorded"):
        add(engine)


def test_threads_share_the_directory_and_never_see_an_older_one(engine: Engine) -> None:
    def work(number: int) -> None:
        before = engine.people.current().version
        if number % 4 == 0:
            add(engine, f"Person {number}")
        folded = engine.people.current()
        assert folded.version >= before
        assert len(folded.state.people) == folded.version

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(40)))
    assert len(engine.people.current().state.people) == 10


def test_nothing_is_read_twice(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    add(engine)
    people, reads = People(engine.store), list[int]()
    read = engine.store.stream_rows

    def noted(stream: str, after: int = 0, limit: int = -1) -> Any:
        rows = read(stream, after, limit)
        reads.append(len(rows))
        return rows

    monkeypatch.setattr(engine.store, "stream_rows", noted)
    first, second = people.current(), people.current()
    assert (reads, first is second) == ([1, 0], True)


@pytest.mark.req("R-DIR-01")
def test_addresses_and_tokens_are_for_administrators_and_the_person(engine: Engine) -> None:
    who = add(engine, "Ada", "responder")
    token_for(engine, who)
    for reader, sees in ((ADMIN, True), (Principal(id=who, type="user"), True), (READER, False)):
        (view,) = all_people(engine, reader).people
        assert (view.name, view.roles[0].granted_by) == ("Ada", "p-admin")
        assert [(c.channel, c.address) for c in view.contacts] == [("email", "SECRET Ada" if sees else None)]
        assert (view.tokens is not None) == sees
        assert one_person(engine, "Ada", reader) == view


def test_a_name_that_was_erased_shows_as_its_placeholder(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = add(engine)
    monkeypatch.setattr("application.people_view.open_values", lambda *_: {})
    view = one_person(engine, who, ADMIN)
    assert not isinstance(view, Refusal)
    assert view.name.startswith("⟦sealed:")
    assert (view.contacts[0].address or "").startswith("⟦sealed:")
    assert isinstance(named(engine, "Ada Lovelace"), Refusal)


@pytest.mark.parametrize("action", FORMS)
def test_every_action_has_a_path_and_makes_its_command(action: str) -> None:
    form = FORMS[action]
    assert ACTIONS[form.command] == action
    ask = Ask(
        action=action,
        body=RoleGrant(role="ci", rationale=WHY) if form.body is RoleGrant else Ask(action=action).body,
        who=None if action == "add-person" else "A/b",
        part=form.part and "x y",
    )
    assert "/A%2Fb" in path_of(ask) or action == "add-person"
    assert "{" not in path_of(ask)


def test_the_end_of_the_path_becomes_a_field_of_the_command() -> None:
    ask = Ask(action="revoke-role", body=Reason(rationale=WHY), who="Ada", part="ci")
    assert command_of(ask, "p-ada") == RevokeRole(principal="p-ada", role="ci", rationale=WHY)
