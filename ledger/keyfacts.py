"""The facts of stream ``keys``: who may sign what, and since when (design section 4, "Keyring").

Each is data under a type name, decoded strictly: a fact of this stream that a program does not understand may
change who was allowed to sign, so it is refused, never skipped. Public keys are spelled as 64 hexadecimal
digits (recorder), vkey (log) or OpenSSH line without comment (root, actor); a key's *name* is
`ledger.signer.keyid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias, cast

import msgspec

from ledger.canonical import Json
from ledger.errors import IntegrityError
from ledger.strict import shown

STREAM: Final = "keys"
FORMAT: Final = 1

Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Principal = Annotated[str, msgspec.Meta(pattern=r"^p-[a-z0-9-]+\Z")]
Position = Annotated[int, msgspec.Meta(ge=0)]
KeyList = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=64)]
Threshold = Annotated[int, msgspec.Meta(ge=1)]


class KeySignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An armored OpenSSH signature and the name of the key that made it."""

    key: Hex32
    signature: str


class Successor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last checkpoint of the ledger that a new one continues, as its signed note."""

    checkpoint: str


class _Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class LedgerOpened(_Fact, frozen=True, kw_only=True):
    """Leaf 0: the ledger's name and first keys, signed by the recorder it enrols."""

    origin: str
    format: int
    logkeys: KeyList
    recorderkey: Hex32
    rootkeys: KeyList
    threshold: Threshold
    successorof: Successor | None = None


class Authorised(_Fact, frozen=True, kw_only=True):
    """What all later facts carry: signatures of the statement by at least a threshold of root keys."""

    rootsignatures: tuple[KeySignature, ...] = ()


class RecorderEnrolled(Authorised, frozen=True, kw_only=True):
    """A recorder may sign envelopes from the next position on."""

    key: Hex32
    possession: str = ""


class RecorderRetired(Authorised, frozen=True, kw_only=True):
    """A recorder signs nothing after this position."""

    key: Hex32


class RecorderCompromised(Authorised, frozen=True, kw_only=True):
    """A recorder's key got out, maybe at ``suspect_from`` already; it signs nothing after this position."""

    key: Hex32
    suspect_from: Position


class LogkeyAdded(Authorised, frozen=True, kw_only=True):
    """One more key may sign checkpoints."""

    vkey: str
    possession: str = ""


class LogkeyRetired(Authorised, frozen=True, kw_only=True):
    """A log key signs no checkpoint that covers this position."""

    vkey: str


class ActorEnrolled(Authorised, frozen=True, kw_only=True):
    """A person's key may sign decisions from the next position on."""

    principal: Principal
    key: str
    possession: str = ""


class ActorRetired(Authorised, frozen=True, kw_only=True):
    """A person's key signs no decision after this position."""

    principal: Principal
    key: str


class ActorCompromised(Authorised, frozen=True, kw_only=True):
    """A person's key got out, maybe at ``suspect_from`` already; it signs no decision after this position."""

    principal: Principal
    key: str
    suspect_from: Position


class RootChanged(Authorised, frozen=True, kw_only=True):
    """From the next position on, these are the root keys; the outgoing ones authorise it."""

    rootkeys: KeyList
    threshold: Threshold
    possession: tuple[KeySignature, ...] = ()


LaterFact: TypeAlias = (
    RecorderEnrolled
    | RecorderRetired
    | RecorderCompromised
    | LogkeyAdded
    | LogkeyRetired
    | ActorEnrolled
    | ActorRetired
    | ActorCompromised
    | RootChanged
)
KeyFact: TypeAlias = LedgerOpened | LaterFact

FACTS: Final[Mapping[str, type[KeyFact]]] = MappingProxyType(
    {
        "tallystick.ledger-opened.v1": LedgerOpened,
        "tallystick.recorder-enrolled.v1": RecorderEnrolled,
        "tallystick.recorder-retired.v1": RecorderRetired,
        "tallystick.recorder-compromised.v1": RecorderCompromised,
        "tallystick.logkey-added.v1": LogkeyAdded,
        "tallystick.logkey-retired.v1": LogkeyRetired,
        "tallystick.actor-enrolled.v1": ActorEnrolled,
        "tallystick.actor-retired.v1": ActorRetired,
        "tallystick.actor-compromised.v1": ActorCompromised,
        "tallystick.root-changed.v1": RootChanged,
    }
)
_NAMES: Final = MappingProxyType({fact: name for name, fact in FACTS.items()})
# Made ready before any thread can ask: msgspec crashes when two are the first to read one type.
_READY: Final = tuple(msgspec.json.Decoder(fact) for fact in FACTS.values())


def type_name(fact: KeyFact) -> str:
    """Return the event type under which ``fact`` is recorded."""
    return _NAMES[type(fact)]


def to_data(fact: KeyFact) -> dict[str, Json]:
    """Return the ``data`` of the fact's event."""
    # By way of JSON, so that arrays are lists, as they are in what is read back.
    return cast("dict[str, Json]", msgspec.json.decode(msgspec.json.encode(fact)))


def parse_fact(name: str, data: Mapping[str, Json], place: str) -> KeyFact:
    """Return the fact that ``data`` is the one spelling of, or raise `IntegrityError`."""
    if name not in FACTS:
        raise IntegrityError(place, f"a type of stream {STREAM} that this program knows", shown(name))
    try:
        fact = msgspec.convert(data, FACTS[name])
    except msgspec.ValidationError as error:
        raise IntegrityError(place, f"data of {name}", str(error)) from error
    if to_data(fact) != data:
        raise IntegrityError(place, "no field that says nothing", "an empty one")
    return fact
