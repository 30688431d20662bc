"""What the fields of commands may hold, with limits that JSON Schema states too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

# ``$(?!\n)``: Python's ``$`` also matches before a final newline, JSON Schema's does not.
_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"

_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$(?!\n)"

Title = Annotated[str, Meta(max_length=200, pattern=_LINE, description="One line, at most 200 characters.")]
Name = Annotated[str, Meta(max_length=128, pattern=_LINE, description="A short name, one line.")]
Text = Annotated[str, Meta(max_length=20_000, pattern=_TEXT, description="One or more lines, not blank.")]
Rationale = Annotated[
    str,
    Meta(
        min_length=10, max_length=20_000, pattern=_TEXT, description="Why: at least 10 characters (R-ROL-02)."
    ),
]
Moment = Annotated[
    datetime, Meta(tz=True, description="RFC 3339 with an offset; not later than now (R-WF-33).")
]
AlertStream = Annotated[
    str, Meta(pattern=r"^alert-[0-9a-f]{32}$(?!\n)", description="The stream of an alert, as lists show it.")
]
EntryId = Annotated[
    str, Meta(min_length=1, max_length=64, description="The entry's id, as the timeline shows it.")
]
PrincipalId = Annotated[
    str, Meta(pattern=r"^p-[a-z0-9-]{1,64}$(?!\n)", description="A principal's id, such as p-ada.")
]
RoleName = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$(?!\n)", description="The id of a role.")]
Names = Annotated[tuple[Name, ...], Meta(max_length=32)]
RoleNames = Annotated[tuple[RoleName, ...], Meta(min_length=1, max_length=32)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=64)]
Number = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,12})?$(?!\n)",
        description="A number as text, such as 14.4: nothing here is a float.",
    ),
]
Amount = Annotated[int, Meta(ge=0, le=2**53 - 1, description="A whole number.")]
Revision = Annotated[int, Meta(ge=1, le=2**31 - 1, description="A revision of the plan, from 1.")]
Ident = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$(?!\n)", description="An id, as lists show it."),
]
IncidentName = Annotated[
    str,
    Meta(
        pattern=r"^(INC-[1-9][0-9]{0,8}|incident-[0-9a-f]{32})$(?!\n)",
        description="Number or stream of an incident.",
    ),
]
Share = Annotated[
    str,
    Meta(pattern=r"^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)$(?!\n)", description="A share from 0 to 1, as text."),
]
