"""The notifier of a home: by which channels people are told, and who tells them (docs/notices.md)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import structlog

from application.addresses import address_of
from application.channels.file import FileChannel
from application.channels.webhook import WebhookChannel
from application.engine import Engine
from application.notifier import Notifier
from domain.streams import is_incident
from ledger.store.contract import Row
from tallystick.publishing import publish_now
from tallystick.serving_lock import is_served
from tallystick.settings import Settings

log = structlog.get_logger(__name__)


def build_notifier(settings: Settings, engine: Engine) -> Notifier:
    """Return what delivers the notices of a home."""
    webhook = WebhookChannel(partial(address_of, engine, channel="webhook"))
    return Notifier(engine, {"webhook": webhook, "file": FileChannel(settings.place.notices)})


def notify_now(settings: Settings, engine: Engine, rows: Iterable[Row]) -> None:
    """Deliver once what is due in the incidents that a command concerned, unless a service does.

    Whatever goes wrong, the command stays recorded: whoever serves next, or acts on the incident, tells them.
    """
    streams = dict.fromkeys(row.stream for row in rows if is_incident(row.stream))
    try:
        waiting = [stream for stream in streams if _waits(engine, stream)]
        if not waiting or is_served(settings.place):
            return
        notifier = build_notifier(settings, engine)
        if sum(map(notifier.deliver_once, waiting)):
            publish_now(settings, engine)
    except Exception:  # see above
        log.exception("notices are not delivered yet")


def _waits(engine: Engine, stream: str) -> bool:
    notices = engine.states.incident(stream).state.notices
    return any(not notice.settled for notice in notices.requested.values())
