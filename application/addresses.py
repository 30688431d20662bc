"""Where somebody is reached, looked up when it is needed and never kept: addresses stay in the vault."""

from __future__ import annotations

from application.channels.contract import Undelivered
from application.engine import Engine
from application.unsealing import open_values
from domain.directory import is_active
from domain.people_facts import Channel
from domain.prose import Prose


def address_of(engine: Engine, recipient: str | None, channel: Channel) -> str | Undelivered:
    """Return the address of ``recipient`` as the directory has it now, or why there is none."""
    directory = engine.people.current().state
    if recipient is None or not is_active(directory, recipient):
        return _none(f"{recipient or 'nobody'} is not in the directory, or has left")
    contacts = directory.people[recipient].contacts
    sealed = next((contact.address for contact in contacts if contact.channel == channel), None)
    if sealed is None:
        return _none(f"{recipient} has no {channel} contact in the directory")
    return _opened(engine, sealed) or _none(f"the {channel} address of {recipient} was erased or is lost")


def _opened(engine: Engine, sealed: Prose) -> str | None:
    ref = sealed.sealed or sealed.blob
    found = {} if ref is None else open_values((ref,), engine.vault, engine.blobs)
    address = next(iter(found.values()), None)
    return address if isinstance(address, str) else None


def _none(why: str) -> Undelivered:
    return Undelivered(error=why, permanent=True)
