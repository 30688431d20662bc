"""What to choose from in a form: people, roles, options, items, waivers, by the names of the fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from application.engine import Engine
from application.incident_views import communications, decisions, plan
from application.views import NOW, incidents, timeline_view
from domain.directory import roles_of
from domain.role_names import ROLES

MOST = 200
"""How many are offered at most; whoever needs another one writes it."""

ENDED = frozenset({"closed", "dismissed", "merged"})

Offered = tuple[tuple[str, str], ...]
"""Values, and what each is in words."""

Source = Callable[[Engine, str | None], Iterable[tuple[str, str]]]


def suggestions(engine: Engine, action: str, stream: str | None) -> Mapping[str, Offered]:
    """Return what can be chosen in the fields of an action, by the fields' names; people by their ids."""
    found = {field: source for (of, field), source in SOURCES.items() if of == action}
    return {field: tuple(islice(source(engine, stream), MOST)) for field, source in found.items()}


def _people(engine: Engine, _stream: str | None) -> Iterator[tuple[str, str]]:
    directory = engine.people.current().state
    for principal, person in directory.people.items():
        if person.active:
            yield principal, ", ".join(roles_of(directory, principal)) or "no role"


def _roles(_engine: Engine, _stream: str | None) -> Iterator[tuple[str, str]]:
    for name, about in ROLES.items():
        if about.kind == "user":
            yield name, name.replace("_", " ")


def _incidents(engine: Engine, stream: str | None) -> Iterator[tuple[str, str]]:
    for view in reversed(incidents(engine, NOW)):
        if view.incident != stream and view.state not in ENDED and view.visibility == "open":
            yield view.number, view.title


def _entries(engine: Engine, stream: str | None) -> Iterator[tuple[str, str]]:
    view = None if stream is None else timeline_view(engine, stream)
    for entry in () if view is None else reversed(view.entries):
        if entry.entry_id is not None:
            yield entry.entry_id, entry.text[:80]


def _options(engine: Engine, stream: str | None) -> Iterator[tuple[str, str]]:
    view = None if stream is None else plan(engine, stream)
    if view is not None and view.plan is not None:
        for option in view.plan.options:
            yield option.option_id, f"{option.kind}: {option.title}"


def _items(engine: Engine, stream: str | None) -> Iterator[tuple[str, str]]:
    view = None if stream is None else plan(engine, stream)
    if view is not None and view.plan is not None:
        for item in view.plan.checklist:
            yield item.item_id, f"{item.category}, {item.status}"


def _waivers(engine: Engine, stream: str | None) -> Iterator[tuple[str, str]]:
    view = None if stream is None else decisions(engine, stream)
    for waiver in () if view is None else view.waivers:
        yield waiver.waiver_id, f"{waiver.gate}, {waiver.status}"


def _notices(engine: Engine, stream: str | None) -> Iterator[tuple[str, str]]:
    view = None if stream is None else communications(engine, stream)
    if view is not None:
        for message in view.messages:
            if message.id is not None:
                yield message.id, f"{message.purpose} to {message.recipient or ', '.join(message.roles)}"
        for raised in view.escalations:
            yield raised.id, f"escalation to {raised.to_role}"


SOURCES: Mapping[tuple[str, str], Source] = {
    ("leave", "principal"): _people,
    ("offer-command", "to"): _people,
    ("grant-role", "principal"): _people,
    ("revoke-role", "principal"): _people,
    ("cover-role", "by"): _people,
    ("record-out-of-band", "principal"): _people,
    ("action-item", "owner"): _people,
    ("grant-role", "role"): _roles,
    ("revoke-role", "role"): _roles,
    ("cover-role", "role"): _roles,
    ("approve", "role"): _roles,
    ("reject", "role"): _roles,
    ("decide-waiver", "role"): _roles,
    ("merge", "into"): _incidents,
    ("link", "incident"): _incidents,
    ("correct-timeline-entry", "entry_id"): _entries,
    ("select-option", "option"): _options,
    ("select-option", "fallback"): _options,
    ("propose-plan", "select"): _options,
    ("verify-item", "item"): _items,
    ("decide-waiver", "waiver"): _waivers,
    ("acknowledge", "id"): _notices,
}
"""(action, field) -> what can be chosen there."""
