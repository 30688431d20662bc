"""What the command line asks of the directory, of a home on this machine or of a service at an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec
from msgspec.structs import replace

from api.idempotency import HEADER, REPLAYED, request_hash
from api.people_changes import PeopleReceipt, TokenReceipt, receipt_of
from api.problems import of_exception, of_refusal
from api.receipts import entries
from application.changing_people import ISSUE, PeopleRequest, change_people
from application.engine import Engine
from application.people_asks import Ask, path_of
from application.people_view import PeopleView, PersonView, all_people, one_person
from application.repeating import Idempotency
from application.steps import run
from domain.refusal import Refusal
from ledger.errors import AppendRefused, QueueFull
from tallystick.answers import read
from tallystick.desk import NotDone
from tallystick.publishing import publish_now
from tallystick.settings import Settings, load_settings
from tallystick.tokens import OPERATOR
from tallystick.web import Web
from tallystick.wiring import open_engine


class PeopleDone(msgspec.Struct, frozen=True):
    """The receipt of a change; ``replayed`` when an earlier one with the same key had recorded it."""

    receipt: PeopleReceipt
    replayed: bool


class PeopleDesk(Protocol):
    """Where the directory is read and changed."""

    def people(self) -> PeopleView:
        """Return everybody."""

    def person(self, name: str) -> PersonView:
        """Return the person with this id or name; raises `NotDone`."""

    def change(self, ask: Ask, key: str | None = None) -> PeopleDone:
        """Return what was recorded; raises `NotDone`. With a ``key`` it may be asked again."""


@contextmanager
def open_people_desk(home: Path | None, *, read_only: bool = True) -> Iterator[PeopleDesk]:
    """Open the ledger that a command is meant for, as `tallystick.cli.desks` does."""
    settings = load_settings(home=home)
    if settings.url is not None and home is None:
        yield HttpPeople(settings.url, settings.token)
        return
    with open_engine(settings, read_only=read_only) as engine:
        yield LocalPeople(engine, settings)


class LocalPeople:
    """The directory in a home on this machine, in the operator's name."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings

    def people(self) -> PeopleView:
        """Return everybody."""
        return all_people(self._engine, OPERATOR)

    def person(self, name: str) -> PersonView:
        """Return the person with this id or name."""
        found = one_person(self._engine, name, OPERATOR)
        if isinstance(found, Refusal):
            raise _not_done(of_refusal(found))
        return found

    def change(self, ask: Ask, key: str | None = None) -> PeopleDone:
        """Return what was recorded, under a checkpoint of ours unless a service publishes here."""
        ask = _by_id(self, ask)
        request = PeopleRequest(ask=ask, principal=OPERATOR, idempotency=_idempotency(ask, key))
        try:
            outcome = run(change_people(self._engine, request))
        except QueueFull:
            raise
        except AppendRefused as e:
            raise _not_done(e) from e
        if isinstance(outcome, Refusal):
            raise _not_done(of_refusal(outcome))
        publish_now(self._settings, self._engine)
        receipt = receipt_of(outcome, entries(outcome.receipt.rows), ask.action)
        return PeopleDone(receipt, outcome.receipt.replayed)


class HttpPeople:
    """The directory of a service, in the name of whom the token stands for."""

    def __init__(self, url: str, token: str | None) -> None:
        self._web = Web(url, token)

    def people(self) -> PeopleView:
        """Return everybody."""
        return read(self._web.get("/v1/people"), PeopleView)

    def person(self, name: str) -> PersonView:
        """Return the person with this id or name."""
        return read(self._web.get(f"/v1/people/{quote(name, safe='')}"), PersonView)

    def change(self, ask: Ask, key: str | None = None) -> PeopleDone:
        """Return what was recorded."""
        ask = _by_id(self, ask)
        headers = {} if key is None else {HEADER: key}
        reply = self._web.post(path_of(ask), msgspec.json.encode(ask.body), headers)
        kind = TokenReceipt if ask.action == ISSUE else PeopleReceipt
        return PeopleDone(read(reply, kind), reply.headers.get(REPLAYED.lower()) == "true")


def _by_id(desk: PeopleDesk, ask: Ask) -> Ask:
    """Return the same with the person's id, so that here and there a key stands for one request."""
    return ask if ask.who is None else replace(ask, who=desk.person(ask.who).principal)


def _idempotency(ask: Ask, key: str | None) -> Idempotency | None:
    if key is None:
        return None
    return Idempotency(key, request_hash("POST", unquote(path_of(ask)), ask.body, None))


def _not_done(error: Exception) -> NotDone:
    """Return the same code and words as over HTTP."""
    return NotDone.of(of_exception(error).problem)
