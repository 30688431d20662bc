"""One table says for each fact type its sentence, artifacts and step (R-EVT-01)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec.structs import replace

from domain import artifacts
from domain.classified import Category
from domain.facts import FACTS, Fact
from domain.prose import Prose, SealedRef
from domain.sentence import Foreign
from domain.sentences import SENTENCES, category, sentence

pytestmark = pytest.mark.req("R-EVT-01")

ARTIFACTS = {name for name in vars(artifacts).values() if isinstance(name, str) and "." in name}
SEALED = Prose(sealed=SealedRef(c="a" * 64, kid="b" * 32))


def made(kind: msgspec.inspect.Type) -> Any:
    """Return a value of a field's type: every optional one given, every text sealed."""
    match kind:
        case msgspec.inspect.Metadata(type=inner):
            return made(inner)
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            return SEALED if cls is Prose else cls(**{field.name: made(field.type) for field in fields})
        case msgspec.inspect.UnionType(types=types):
            return made(next(item for item in types if not isinstance(item, msgspec.inspect.NoneType)))
        case msgspec.inspect.LiteralType(values=values):
            return values[0]
        case msgspec.inspect.VarTupleType(item_type=item):
            return (made(item),)
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.IntType():
            return 3
        case _:
            return "<foreign>"


def example(cls: type[Fact]) -> Fact:
    """Return a fact of ``cls`` with every field given."""
    info = msgspec.inspect.type_info(cls)
    assert isinstance(info, msgspec.inspect.StructType)
    return cls(**{field.name: made(field.type) for field in info.fields})


def with_each_word(value: Any) -> Iterator[Any]:
    """Yield a fact with each word that one of its fields may have in place of the first."""
    for name, hint in get_type_hints(type(value)).items():
        kinds = [part for part in (hint, *get_args(hint)) if get_origin(part) is Literal]
        yield from (replace(value, **{name: word}) for kind in kinds for word in get_args(kind))


def test_the_table_has_a_row_for_every_type_and_no_other() -> None:
    assert set(SENTENCES) == set(FACTS.values())


@pytest.mark.parametrize("cls", FACTS.values(), ids=FACTS)
def test_every_fact_has_a_sentence_that_marks_what_is_not_ours(cls: type[Fact]) -> None:
    parts = sentence(example(cls), "p-someone")
    ours = "".join(part for part in parts if isinstance(part, str))
    assert ours.strip()
    assert "foreign" not in ours
    assert all(isinstance(part, str | Foreign | Prose) for part in parts)


@pytest.mark.parametrize("cls", FACTS.values(), ids=FACTS)
def test_every_word_that_a_fact_may_hold_is_part_of_a_sentence(cls: type[Fact]) -> None:
    for fact in with_each_word(example(cls)):
        assert sentence(fact, "p-someone")


@pytest.mark.parametrize("cls", FACTS.values(), ids=FACTS)
def test_every_fact_has_a_step_and_known_artifacts(cls: type[Fact]) -> None:
    row = SENTENCES[cls]
    assert re.fullmatch(r"[1-4]\.[1-3]", row.step)
    assert set(row.artifacts) <= ARTIFACTS
    assert category(example(cls)) in get_args(Category)
