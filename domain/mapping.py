"""What the messages of a tool mean, as data: which fields are what (design 8).

A part of ``config/sources.yaml``; `consumers.mapping` is its one interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.classified import RemarkKind

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})

Path = Annotated[
    str,
    Meta(
        pattern=r'^("[^"]+"|[^".]+)(\.("[^"]+"|[^".]+))*$(?!\n)',
        max_length=256,
        description="Names and indices joined by dots, from the alert, or with $ in front from the message. "
        'A name with a dot in it stands in double quotes: labels."kubernetes.io/name".',
    ),
]
Word = Annotated[str, Meta(min_length=1, max_length=128)]
LabelName = Annotated[str, Meta(min_length=1, max_length=128)]
HeaderName = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$(?!\n)")]


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a time is, and how it is written: RFC 3339, or a number of units since 1970."""

    field: Path
    unit: Literal["rfc3339", "s", "ms", "us", "ns"] = "rfc3339"


class States(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the state is, and what its words mean; any other word is rejected.

    ``remark`` has words for what is neither a firing nor an end. Nothing becomes of an alert whose word
    is in ``ignore``.
    """

    field: Path
    firing: Annotated[tuple[Word, ...], Meta(min_length=1)]
    resolved: tuple[Word, ...] = ()
    remark: dict[Word, RemarkKind] = {}
    ignore: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a word that would mean two things."""
        words = [*self.firing, *self.resolved, *self.remark, *self.ignore]
        twice = next(_repeated(words), None)
        if twice is not None:
            raise ValueError(f"expected each word once, found {twice!r} again")


class SignedBy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header with the hexadecimal HMAC-SHA256 of the body, and what stands before it there."""

    header: HeaderName = "x-hub-signature-256"
    prefix: Annotated[str, Meta(max_length=64)] = "sha256="

    def __post_init__(self) -> None:
        """Refuse a header that holds credentials: the one named here is kept with the message."""
        if self.header in _CREDENTIALS:
            raise ValueError(f"header: expected one without credentials, found {self.header}")


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which fields of a message are what.

    ``each`` is the array of alerts, left out where the message is one. ``condition`` tells conditions
    apart. ``at`` is when the message was made. Of one name, ``labels`` win over those in the objects
    ``labels_of``, and these over ``fixed``.
    """

    condition: Annotated[tuple[Path, ...], Meta(min_length=1, max_length=16)]
    state: States
    each: Path | None = None
    starts_at: When | None = None
    ends_at: When | None = None
    at: When | None = None
    labels: dict[LabelName, Path] = {}
    labels_of: tuple[Path, ...] = ()
    fixed: dict[LabelName, str] = {}
    annotations: dict[LabelName, Path] = {}
    annotations_of: tuple[Path, ...] = ()
    link: Path | None = None
    group: Path | None = None
    signature: SignedBy = SignedBy()


def _repeated(words: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for word in words:
        if word in seen:
            yield word
        seen.add(word)
