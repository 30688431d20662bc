"""Every string of every fact is a code, an id, a number or sealed (R-EVT-04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import inspect

from domain.classified import CLASS
from domain.facts import FACTS
from domain.prose import Prose

pytestmark = pytest.mark.req("R-EVT-04")

CLASSES = {"code", "id", "number"}
HARMLESS = (inspect.IntType, inspect.BoolType, inspect.NoneType, inspect.LiteralType)


def unclassified(kind: inspect.Type, place: str) -> Iterator[str]:
    """Yield the places inside a type where text could stand without a class."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            if (extra or {}).get(CLASS) not in CLASSES:
                yield from unclassified(inner, place)
        case inspect.StructType(cls=cls, fields=fields):
            if cls is not Prose:
                for field in fields:
                    yield from unclassified(field.type, f"{place}.{field.encode_name}")
        case inspect.UnionType(types=types):
            for item in types:
                yield from unclassified(item, place)
        case inspect.VarTupleType(item_type=item):
            yield from unclassified(item, f"{place}[]")
        case _ if not isinstance(kind, HARMLESS):
            yield f"{place}: {type(kind).__name__}"


@pytest.mark.parametrize("name", FACTS)
def test_no_text_of_a_fact_is_unclassified(name: str) -> None:
    assert list(unclassified(inspect.type_info(FACTS[name]), name)) == []


@pytest.mark.parametrize("name", FACTS)
def test_codes_and_numbers_are_bounded(name: str) -> None:
    schema = msgspec.json.schema(FACTS[name])
    for field in schema["$defs"][FACTS[name].__name__]["properties"].values():
        texts = [kind for kind in field.get("anyOf", [field]) if kind.get("type") == "string"]
        assert all("maxLength" in text or "pattern" in text for text in texts)


@pytest.mark.parametrize(
    "kind",
    [str, str | None, tuple[str, ...], dict[str, str], Any, bytes, float, Annotated[str, msgspec.Meta()]],
)
def test_the_walk_sees_text_wherever_it_hides(kind: Any) -> None:
    assert list(unclassified(inspect.type_info(kind), "x"))
