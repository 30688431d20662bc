"""The catalogue of facts as a page, from the registry; ``python -m domain.catalogue`` prints it.

``docs/formats/facts.md`` is this output; a test holds it equal.
"""

from __future__ import annotations

import sys
from typing import get_args

from msgspec import inspect

from domain.alert_facts import AlertFact
from domain.classified import CLASS
from domain.facts import FACTS, Fact
from domain.heads_facts import HeadsRecorded
from domain.incident_facts import IncidentFact
from domain.people_facts import PeopleFact
from domain.prose import Prose
from domain.sentences import SENTENCES
from domain.source_facts import SourceFact

HEAD = """\
# Facts

Generated from the registry (`python -m domain.catalogue`); a test holds this page equal.

Each fact is the `data` of one event. Its name is stored and never changes; a new shape gets a new
version. Fields that are unset are absent. Every string belongs to a class: *code* (a short word that
machines compare, at most 256 characters; foreign names are cut and cleaned), *id* (drawn or derived
by us), *number* (as text, times too), or *sealed* (a reference `{"sealed":{"c","kid"}}` or
`{"blob":{"c","kid","sha256","size"}}`, see [sealed fields](sealed-fields.md)).

## Names of streams

`short(text)` is the first 32 hexadecimal digits of the SHA-256 of the UTF-8 text; `\\n` is one line feed;
lengths are decimal counts of code points.

| stream | name |
|---|---|
| of a condition | `alert-` + short(*source* `\\n` *fingerprint*) |
| of a source | `source-` + *source* |
| of a candidate incident | `incident-` + short(`tallystick/candidate/v1\\n` *correlation* `\\n` *ordinal*) |
| of an incident that a person opened | `incident-` + the 32 hexadecimal digits of a UUIDv7 |
| of the directory | `people` |
| of the heads of all streams | `heads`, see [heads](heads.md) |

The *correlation* is short(`tallystick/correlation/v1\\n` and, for service, environment and group in this
order, *length* `:` *text* `\\n`), a part that the alert rules do not use being empty. The *ordinal* counts
from 0 the incidents that one correlation had: a signal asks them in order and joins the first that takes it.

## Codes that say why

| field | codes |
|---|---|
| `signal-received` `why` | `rule:` + name of the alert rule, or `no-rule` |
| `signal-received` `why` | `late-firing`, `episode-ended`, `resolved-without-firing` |
| `signal-received` `why` | `flapping`: the condition flaps, and `held_why` would be the reason otherwise |
| `signal-received` `note` | `clock-ahead`: it starts more than 2 s after we received it |
| `signal-received` `note` | `refired`: the same episode, after its end |
| `incident-opened` `why` | that of the opening signal, or `manual` |
| `signal-attached` `why` | that of the opening signal, `same-correlation`, `by-hand`, `merged` |
| `signal-attached` `why` | `flapping-settled`: the alert flapped, and fires since |
"""

GROUPS = (
    ("Alert streams `alert-*`", AlertFact),
    ("Source streams `source-*`", SourceFact),
    ("Incident streams `incident-*`", IncidentFact),
    ("Stream `people`", PeopleFact),
    ("Stream `heads`", HeadsRecorded),
)


def catalogue() -> str:
    """Return the page, ending in one newline."""
    parts = [HEAD]
    for title, group in GROUPS:
        parts.append(f"## {title}\n")
        parts.extend(_fact(name, cls) for name, cls in FACTS.items() if cls in (get_args(group) or (group,)))
    return "\n".join(parts)


def _fact(name: str, cls: type[Fact]) -> str:
    info = inspect.type_info(cls)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    rows = "".join(
        f"| `{field.encode_name}` | {_kind(field.type)} | {'yes' if field.required else ''} |\n"
        for field in fields
    )
    row = SENTENCES[cls]
    artifacts = ", ".join(f"`{artifact}`" for artifact in row.artifacts) or "none"
    return (
        f"### `{name}`\n\n{_text(cls)}\n\nStep {row.step}. Artifacts: {artifacts}.\n\n"
        f"| field | class | required |\n|---|---|---|\n{rows}"
    )


def _text(cls: type[Fact]) -> str:
    return "\n".join(line.strip() for line in (cls.__doc__ or "").strip().splitlines()).replace("``", "`")


def _kind(kind: inspect.Type) -> str:  # noqa: PLR0911  # one line a kind
    """Return what a field may hold, in words."""
    match kind:
        case inspect.Metadata(extra=extra) if extra and CLASS in extra:
            return str(extra[CLASS])
        case inspect.Metadata(type=inner):
            return _kind(inner)
        case inspect.StructType(cls=cls) if cls is Prose:
            return "sealed"
        case inspect.StructType(fields=fields):
            return ", ".join(f"`{field.encode_name}` ({_kind(field.type)})" for field in fields)
        case inspect.UnionType(types=types):
            return " or ".join(_kind(item) for item in types if not isinstance(item, inspect.NoneType))
        case inspect.LiteralType(values=values):
            return "code: " + ", ".join(f"`{value}`" for value in values)
        case inspect.VarTupleType(item_type=item):
            return f"array of {_kind(item)}"
        case inspect.BoolType():
            return "true or false"
        case _:
            return "integer"


if __name__ == "__main__":
    sys.stdout.write(catalogue())
