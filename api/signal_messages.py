"""How messages of monitoring tools are described in the API: what a row says, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class AlertmanagerAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a message; `fingerprint` may be absent, further members are ignored."""

    status: Literal["firing", "resolved"]
    labels: Annotated[dict[str, str], Meta(min_length=1)]
    startsAt: str  # noqa: N815 - the sender's name
    endsAt: str | None = None  # noqa: N815 - the sender's name
    annotations: dict[str, str] | None = None
    generatorURL: str | None = None  # noqa: N815 - the sender's name
    fingerprint: str | None = None


class AlertmanagerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as Alertmanager sends it, for the description; `consumers.alertmanager` decodes it."""

    alerts: tuple[AlertmanagerAlert, ...]
    version: Literal["4"] = "4"
    groupKey: str | None = None  # noqa: N815 - the sender's name
    truncatedAlerts: Annotated[int, Meta(ge=0)] = 0  # noqa: N815 - the sender's name


class ForeignMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its sender documents it; docs/signals.md says what is read of it."""


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A source: the segment of its path, its name for people, and messages it may send."""

    name: str
    title: str
    examples: Mapping[str, Any]
    kind: type[msgspec.Struct] = ForeignMessage
    media: str = "application/json"
