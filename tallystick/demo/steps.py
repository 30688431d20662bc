"""What the demonstration is written in: people, steps, and what a step asks of the ledger."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from domain.commands import Command
from domain.people_commands import AddPerson


class Alert(Struct, frozen=True):
    """The alert fires, or is over, and Alertmanager says so."""

    firing: bool


class Attach(Struct, frozen=True):
    """The alert is attached to the incident by hand: an alert of a drill opens none."""

    rationale: str


class WithFile(Struct, frozen=True):
    """A command that names an uploaded file in ``field``."""

    command: Command
    field: str
    content: str


Deed = Command | Alert | Attach | WithFile


class Step(Struct, frozen=True):
    """One thing that happens: minutes and seconds after the alert began, by whom, in their words."""

    at: float
    who: str
    says: str
    deed: Deed


ADA, JORDAN, ALERTMANAGER = "Ada", "Jordan", "Alertmanager"

PEOPLE: Final = (
    AddPerson(name=ADA, roles=("on_call_lead", "sre_on_call")),
    AddPerson(name=JORDAN, roles=("release_manager", "product_owner", "performance_engineer")),
)
"""Who plays; the incident commander is whoever declares."""
