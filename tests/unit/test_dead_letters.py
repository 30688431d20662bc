"""A dead letter is a message of which nothing could be read: what is told beside an error was read."""

from __future__ import annotations

import msgspec
import pytest

from application.dead_letters import is_dead
from consumers.kafka.meters import is_poison
from domain.prose import prose
from domain.source_facts import DeliveryReceived
from tests.support.storms import record

FACT = DeliveryReceived(
    delivery_id="d", source="s", format="f", raw=prose("x"), alerts=0, rejected=1, truncated=0
)


def test_a_message_of_which_nothing_could_be_read_is_dead() -> None:
    assert is_dead(FACT)
    assert is_poison(record(b"no json"))


def test_a_message_without_anything_in_it_is_not() -> None:
    assert not is_dead(msgspec.structs.replace(FACT, rejected=0))


@pytest.mark.parametrize("told", ["alerts", "remarks", "changes", "silences"])
def test_a_message_of_which_something_was_read_is_not(told: str) -> None:
    assert not is_dead(msgspec.structs.replace(FACT, **{told: 1}))
    item = record(b"no json")
    field = "signals" if told == "alerts" else told
    delivery = msgspec.structs.replace(item.delivery, **{field: (None,)})
    assert not is_poison(msgspec.structs.replace(item, delivery=delivery))
