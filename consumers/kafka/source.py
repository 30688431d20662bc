"""What the records of a topic are. Apart from the session, so that whoever reads settings loads no client."""

from __future__ import annotations

from msgspec import Struct

from consumers.format import Format


class Source(Struct, frozen=True):
    """The source whose signals a topic has, and the format they are in."""

    name: str
    form: Format
