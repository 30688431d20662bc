"""Readable copies: canonical bytes with words and names in their places, for those who may see (design 7).

A copy is derived from canonical bytes and disclosures alone, is hashed into nothing, and says so. What is not
disclosed stays a placeholder. People are named; two who share a name keep their ids beside it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from projections.markdown import escape, first
from projections.names import Names
from projections.placeholder import OPEN, one_line, reveal
from projections.told import Known, exact

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)
_ALONE = re.compile(r"(?P<lead> *(?:(?:-|1\.) )?)(?P<tick>`?)⟦sealed:(?P<c>[0-9a-f]{16})⟧(?P=tick)")
_CODE = re.compile(r"`⟦sealed:([0-9a-f]{16})⟧`")
_PRINCIPAL = re.compile(r"(?<![\w\\-])p-[a-z0-9-]+(?![\w-])")
_PLACEHOLDER = re.compile(r"⟦⟦|⟦sealed:[0-9a-f]{16}⟧")
_BULLET = re.compile(r"[-*] +(?=\S)")
_LEADING = re.compile(r"(?P<lead> *(?:(?:-|[0-9]+\.) )?)(?=⟦sealed:)")


def readable_markdown(canonical: bytes, known: Known, names: Names, name: str) -> bytes:
    """Return the readable copy of the Markdown artifact ``name``: without its header for machines."""
    body = _FRONT_MATTER.sub("", canonical.decode())
    people, inline = _distinct(names), {c: _inline(said) for c, said in known.items()}
    text = "\n".join(
        line for row in body.rstrip("\n").split("\n") for line in _lines(_named(row, people), known, inline)
    )
    return f"{text}\n{_about(canonical, text, name)}".encode()


def readable_json(canonical: bytes, known: Known, names: Names) -> bytes:
    """Return the readable copy of a JSON artifact; a name stands beside the id, which other files use."""
    value = _revealed(json.loads(canonical), known, {c: _joined(said) for c, said in known.items()}, names)
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _lines(row: str, known: Known, inline: Mapping[str, str]) -> Iterator[str]:
    """Yield what a line becomes: several where a whole list or whole paragraphs stood behind it."""
    alone = _ALONE.fullmatch(row)
    value = None if alone is None else known.get(alone["c"])
    if alone is None or value is None or (isinstance(value, str) and (alone["lead"] or alone["tick"])):
        yield _line(row, known, inline)
    elif alone["lead"] and isinstance(value, tuple):
        shown = _code if alone["tick"] else _item
        yield from (f"{_lead(alone['lead'], i)}{shown(item)}" for i, item in enumerate(value, 1))
    else:
        yield from _paragraphs(_joined(value))


def _line(row: str, known: Known, inline: Mapping[str, str]) -> str:
    """Return a line with words in their places; those at its beginning open no block."""
    typed = _CODE.sub(lambda found: _typed(found, known), row)
    leading = _LEADING.match(typed)
    lead = "" if leading is None else leading["lead"]
    said = reveal(typed[len(lead) :], inline, str)
    return lead + (said if leading is None else first(said))


def _lead(lead: str, number: int) -> str:
    return lead.replace("1.", f"{number}.")


def _typed(found: re.Match[str], known: Known) -> str:
    value = known.get(found.group(1))
    return found.group(0) if value is None else _code(_joined(value))


def _code(text: str) -> str:
    """Return text to type as code: fenced by more backticks than are in it."""
    line = one_line(text)
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _inline(said: str | tuple[str, ...]) -> str:
    return escape(one_line(_joined(said)))


def _item(said: str) -> str:
    return first(escape(one_line(said)))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield what somebody wrote in several lines: their paragraphs and lists stay, all else is text."""
    before = ""
    for row in text.splitlines():
        line = row.strip()
        item = _BULLET.match(line)
        if line and before and (item is None) != (_BULLET.match(before) is None):
            yield ""
        before = line
        # Another bullet than ours: a list of ours that follows stays a list of its own.
        yield _item(line) if item is None else f"* {_item(line[item.end() :])}"


def _named(row: str, people: Names) -> str:
    return _PRINCIPAL.sub(lambda found: people.get(found.group(0), found.group(0)), row)


def _distinct(names: Names) -> Names:
    """Return names as Markdown, with the id where two people share one."""
    shared = {name for name, count in Counter(names.values()).items() if count > 1}
    return {
        who: escape(one_line(name)) + (f" ({who})" if name in shared else "") for who, name in names.items()
    }


def _about(canonical: bytes, text: str, name: str) -> str:
    withheld = any(found != OPEN * 2 for found in _PLACEHOLDER.findall(text))
    gaps = f" {OPEN}sealed:…⟧ stands for words that are withheld or erased." if withheld else ""
    return (
        f"\n---\n\nThis is a readable copy of {escape(name)}. The ledger vouches for the original, whose"
        f" SHA-256 is `{sha256(canonical).hexdigest()}`.{gaps}\n"
    )


def _revealed(value: Any, known: Known, inline: Mapping[str, str], names: Names) -> Any:
    match value:
        case dict():
            return {key: _revealed(item, known, inline, names) for key, item in value.items()}
        case list():
            return [said for item in value for said in _each(item, known, inline, names)]
        case str() if value in names:
            return f"{exact(names[value])} ({value})"
        case str():
            return reveal(value, inline, exact)
        case _:
            return value


def _each(item: Any, known: Known, inline: Mapping[str, str], names: Names) -> Iterator[Any]:
    """Yield an item of a list; one behind which a whole list was sealed becomes all of it."""
    alone = _ALONE.fullmatch(item) if isinstance(item, str) else None
    said = None if alone is None else known.get(alone["c"])
    if isinstance(said, tuple):
        yield from map(exact, said)
    else:
        yield _revealed(item, known, inline, names)


def _joined(said: str | tuple[str, ...]) -> str:
    return said if isinstance(said, str) else "; ".join(said)
