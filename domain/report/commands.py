"""Commands about the report."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.words import Ident, Text


class SectionTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What you write into a section, ahead of what the facts say there; the last words count."""

    name: Ident
    text: Text


class WriteReport(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="write-report", forbid_unknown_fields=True
):
    """Write into the report, or say that it is complete, after which gate 4 is evaluated (R-STEP-43).

    Texts come first, in drafts: what is completed is the report as the record has it.
    """

    status: Literal["draft", "complete"]
    sections: Annotated[tuple[SectionTold, ...], Meta(max_length=32)] = ()


EXAMPLES = (
    WriteReport(
        status="draft",
        sections=(
            SectionTold(name="impact", text="A third of all payments failed for 22 minutes; none was lost."),
            SectionTold(name="next_steps", text="The pool is bounded with the next release."),
        ),
    ),
)
