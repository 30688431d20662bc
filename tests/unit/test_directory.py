"""The directory folded from its facts: who is here, who holds what, whose token acts, who is meant."""

from __future__ import annotations

from typing import Any

import pytest

from domain.directory import NOBODY, bearer, fold, holding, is_active, resolve, roles_of
from domain.prose import prose
from domain.recorded import UnknownFact
from domain.refusal import Refusal
from tests.support.directory import (
    ADA,
    BOB,
    added,
    changed,
    digest_of,
    directory,
    granted,
    issued,
    of,
    revoked,
    taken,
)
from tests.support.meaning import firing

LEFT, BACK = changed(active=False), changed(active=True)


def names(*facts: Any) -> list[str]:
    return [person.principal for person in holding(directory(*facts), "responder")]


@pytest.mark.req("R-ROL-06")
def test_a_role_is_held_by_whose_grant_and_since_when() -> None:
    held = roles_of(directory(added(), granted("responder")), ADA)["responder"]
    assert (held.role, held.granted_by) == ("responder", "p-commander")
    assert held.granted_at == of(added(), granted("responder"))[1].recordedtime


@pytest.mark.req("R-DIR-01")
def test_who_holds_a_role_are_those_who_are_here() -> None:
    given = (added(), added(BOB), granted("responder"), granted("responder", BOB))
    assert names(*given) == [ADA, BOB]
    assert names(*given, taken("responder")) == [BOB]
    assert names(*given, LEFT) == [BOB]


@pytest.mark.req("R-ROL-06")
def test_leaving_ends_roles_and_tokens_and_coming_back_revives_none() -> None:
    before = directory(added(), granted("responder"), issued(1))
    assert bearer(before, digest_of(1)) is not None
    for facts in ((LEFT,), (LEFT, BACK)):
        after = directory(added(), granted("responder"), issued(1), *facts)
        assert roles_of(after, ADA) == {}
        assert bearer(after, digest_of(1)) is None
    assert is_active(directory(added(), LEFT, BACK), ADA)


def test_a_change_keeps_what_it_does_not_name() -> None:
    person = directory(added(), changed(name=prose("Countess", ADA))).people[ADA]
    before = directory(added()).people[ADA]
    assert (person.contacts, person.kind, person.active) == (before.contacts, "user", True)
    assert person.name != before.name
    assert directory(added(), changed(contacts=())).people[ADA].contacts == ()
    assert directory(added(), changed(contacts=())).people[ADA].name == before.name


@pytest.mark.req("R-SVC-13")
def test_a_token_acts_until_it_is_revoked() -> None:
    person = bearer(directory(added(), issued(1)), digest_of(1))
    assert person is not None
    assert person.principal == ADA
    assert bearer(directory(added(), issued(1), revoked(1)), digest_of(1)) is None
    assert bearer(directory(added(), issued(1)), digest_of(2)) is None


@pytest.mark.parametrize(
    "facts",
    [
        (issued(1),),
        (issued(1), added()),
        (added(), LEFT, issued(1), BACK),
        (added(), issued(1), revoked(1), issued(1)),
        (added(), issued(1), LEFT, issued(1), BACK),
    ],
)
def test_no_order_of_facts_makes_a_token_act_that_the_rules_would_have_refused(facts: Any) -> None:
    assert bearer(directory(*facts), digest_of(1)) is None


@pytest.mark.parametrize(
    "facts", [(granted("responder"), added()), (added(), LEFT, granted("responder"), BACK), (granted("x"),)]
)
def test_nor_gives_a_role_to_who_was_not_here(facts: Any) -> None:
    assert roles_of(directory(*facts), ADA) == {}
    assert holding(directory(*facts), "responder") == ()


def test_the_first_word_on_a_person_stands() -> None:
    twice = directory(added(), LEFT, added(kind="service_account"))
    assert (twice.people[ADA].kind, twice.people[ADA].active) == ("user", False)
    assert directory(changed(name=prose("x"))) == NOBODY


def test_facts_of_other_kinds_change_nothing() -> None:
    assert fold(of(UnknownFact(type="x.v1", data={}), firing())) == NOBODY
    assert list(directory(added(), added(BOB)).people) == [ADA, BOB]


@pytest.mark.req("R-DIR-01")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        (ADA, ADA),
        ("Ada Lovelace", ADA),
        ("  ada   LOVELACE ", ADA),
        ("Bj\u00f6rn", BOB),
        ("Bjo\u0308rn", BOB),
        ("p-bob", BOB),
        ("Nobody", "PERSON_UNKNOWN"),
        ("", "PERSON_UNKNOWN"),
        ("Sam", "PERSON_AMBIGUOUS"),
        ("Kim", "p-kim2"),
        ("Lee", "p-lee"),
    ],
)
def test_a_person_is_meant_by_id_or_by_name(name: str, found: str) -> None:
    known = {ADA: "Ada Lovelace", BOB: "Bj\u00f6rn", "p-s1": "Sam", "p-s2": "sam"}
    known |= {"p-kim1": "Kim", "p-kim2": "Kim", "p-lee": "Lee"}
    facts = [added(who) for who in known]
    gone = (changed("p-kim1", active=False), changed("p-lee", active=False))
    outcome = resolve(directory(*facts, *gone), known, name)
    assert (outcome.code if isinstance(outcome, Refusal) else outcome) == found


def test_who_is_called_like_anothers_id_is_not_taken_for_them() -> None:
    assert resolve(directory(added(), added(BOB)), {BOB: ADA}, ADA) == ADA


def test_an_ambiguous_name_lists_whom_it_may_mean() -> None:
    outcome = resolve(directory(added(), added(BOB)), {ADA: "Sam", BOB: "Sam"}, "Sam")
    assert isinstance(outcome, Refusal)
    assert outcome.expected == "one of p-ada, p-bob"
