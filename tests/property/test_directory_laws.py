"""Laws of the directory, for any facts in any order: also those that the decider would have refused."""

from __future__ import annotations

from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.people import People
from application.tokens import Tokens
from domain import facts as registry
from domain import people
from domain.directory import NOBODY, bearer, evolve, fold, holding, roles_of
from domain.people_commands import AddPerson, ChangePerson, GrantRole, IssueToken, RevokeRole, RevokeToken
from domain.people_facts import PersonChanged, TokenIssued, TokenRevoked
from domain.refusal import Refusal
from tests.support.directory import (
    ADA,
    BOB,
    WHY,
    added,
    by_admin,
    changed,
    digest_of,
    granted,
    issued,
    of,
    revoked,
    taken,
)
from tests.support.meaning import Seals, fresh_id

WHO = st.sampled_from([ADA, BOB])
TOKENS = st.integers(0, 3)
ROLE = st.sampled_from(["responder", "auditor", "ci"])
FACTS = st.lists(
    st.one_of(
        st.builds(added, WHO),
        st.builds(lambda who, active: changed(who, active=active), WHO, st.sampled_from([None, True, False])),
        st.builds(issued, TOKENS, WHO),
        st.builds(revoked, TOKENS),
        st.builds(granted, ROLE, WHO),
        st.builds(taken, ROLE, WHO),
    ),
    max_size=25,
)
IDS = st.integers(0, 5).map(lambda n: "p-" + fresh_id(n).replace("-", ""))
COMMANDS: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda kind: AddPerson(name="x", kind=kind), st.sampled_from(["user", "service_account"])),
    st.builds(lambda who, to: ChangePerson(principal=who, active=to, rationale=WHY), IDS, st.booleans()),
    st.builds(lambda who, n: IssueToken(principal=who, digest=digest_of(n)), IDS, st.integers(0, 99)),
    st.builds(
        lambda who, n: RevokeToken(principal=who, token_id=fresh_id(n), rationale=WHY), IDS, st.integers(0, 9)
    ),
    st.builds(lambda who, role: GrantRole(principal=who, role=role, rationale=WHY), IDS, ROLE),
    st.builds(lambda who, role: RevokeRole(principal=who, role=role, rationale=WHY), IDS, ROLE),
)


@given(FACTS, st.integers(0, 25))
def test_a_directory_is_the_same_folded_at_once_or_in_two(facts: list[Any], cut: int) -> None:
    items = of(*facts)
    assert reduce(evolve, items[cut:], fold(items[:cut])) == fold(items)


@given(FACTS, FACTS, TOKENS)
def test_a_token_that_was_revoked_never_acts_again(before: list[Any], after: list[Any], number: int) -> None:
    state = fold(of(*before, issued(number), revoked(number), *after))
    assert bearer(state, digest_of(number)) is None


@given(FACTS)
def test_whoever_has_left_has_no_token_and_no_role(facts: list[Any]) -> None:
    state = fold(of(*facts))
    for person in state.people.values():
        if not person.active:
            assert roles_of(state, person.principal) == {}
            assert all(
                token.revoked for token in state.tokens.values() if token.principal == person.principal
            )
    assert all(person.active for role in ("responder", "auditor", "ci") for person in holding(state, role))


@given(FACTS, st.integers(0, 25))
def test_a_token_acts_now_only_if_nothing_has_ended_it_since(facts: list[Any], number: int) -> None:
    for digest, token in fold(of(*facts)).tokens.items():
        if bearer(fold(of(*facts)), digest) is None:
            continue
        start = next(i for i, f in enumerate(facts) if isinstance(f, TokenIssued) and f.digest == digest)
        for fact in facts[start:]:
            assert not (isinstance(fact, TokenRevoked) and fact.token_id == token.token_id)
            assert not (
                isinstance(fact, PersonChanged) and fact.principal == token.principal and fact.active is False
            )


@given(st.lists(COMMANDS, max_size=20))
def test_what_was_decided_is_stored_and_read_back_and_folds_to_the_same(commands: list[Any]) -> None:
    state, made = NOBODY, list[Any]()
    for number, command in enumerate(commands):
        decided = people.decide(state, command, by_admin(ids=(fresh_id(number),)))
        if isinstance(decided, Refusal):
            assert decided.kind
            continue
        assert decided
        made += decided
        state = fold(of(*made))
    for fact in Seals().fact(tuple(made)):
        assert registry.decode(registry.type_name(fact), registry.encode(fact)) == fact
    for person in state.people.values():
        assert all(
            (role == "ci") == (person.kind == "service_account") for role in roles_of(state, person.principal)
        )


class Stored:
    """A store without rows: nobody was ever added."""

    def stream_rows(self, stream: str, after: int = 0, limit: int = -1) -> tuple[()]:
        return ()


@given(st.text())
def test_no_text_is_the_token_of_an_empty_directory(token: str) -> None:
    assert Tokens((), People(Stored())).principal(token) is None  # type: ignore[arg-type]  # it asks for rows only
