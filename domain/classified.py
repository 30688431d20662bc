"""The classes of text that a fact may state in clear; everything else is `Prose` (R-EVT-04).

A test walks every field of every fact: a string without one of these aliases fails it.
Foreign text becomes a code only through `domain.text.code`, which bounds and cleans it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

CLASS = "class"
"""The key under which an alias names its class in ``Meta.extra``."""

type_code = {CLASS: "code"}
type_id = {CLASS: "id"}
type_number = {CLASS: "number"}

Code = Annotated[str, Meta(max_length=256, extra=type_code)]
"""A short word that machines compare: a name of a service, of an alert, of a reason."""

SourceTime = Annotated[str, Meta(max_length=40, extra=type_code)]
"""An RFC 3339 time exactly as its sender wrote it; compared by `domain.moment.nanoseconds`."""

Id = Annotated[str, Meta(min_length=1, max_length=256, extra=type_id)]
"""A name that we drew or derived: a UUIDv7, a stream, a principal."""

Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", extra=type_id)]
"""A SHA-256 in lower-case hexadecimal."""

Short = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", extra=type_id)]
"""128 bits in lower-case hexadecimal: random, or the front of a SHA-256."""

Nanoseconds = Annotated[str, Meta(pattern=r"^[0-9]{1,20}\Z", extra=type_number)]
"""Nanoseconds since 1970 (to the year 5138) as text, because JSON keeps integers exactly only to 2^53."""

Timestamp = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z", extra=type_number),
]
"""A moment in UTC, exactly ``YYYY-MM-DDTHH:MM:SS.ffffffZ``; order of text is order of time."""

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A number of things, within what every JSON reader keeps exactly."""

Whole = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
"""A whole number that may be below zero, such as an exit code."""

Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", extra=type_number)]
"""A day, ``YYYY-MM-DD``; order of text is order of time."""

Profile = Literal["strict", "team", "solo"]
Visibility = Literal["open", "restricted"]
Category = Literal["alert", "decision", "command", "communication", "validation", "note"]
Status = Literal["firing", "resolved"]
EpisodeFrom = Literal["sender", "state"]
RemarkKind = Literal[
    "acknowledged",
    "updated",
    "no_data",
    "silenced",
    "unsilenced",
    "inhibited",
    "notified",
    "grouped",
    "flapping",
    "downtime",
]
SilenceChange = Literal["created", "updated"]
SignatureVerdict = Literal["valid", "invalid", "absent", "unchecked"]
Verdict = Literal["real", "false_positive"]
Severity = Literal["SEV-1", "SEV-2", "SEV-3"]

Decimal = Annotated[str, Meta(pattern=r"^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,12})?\Z", extra=type_number)]
"""A number with a fraction, as text: nothing that is signed is a float."""
