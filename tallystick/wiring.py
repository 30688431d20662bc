"""Opens a home and puts its parts together: the one place that knows them all.

`open_engine` gives a ledger that can be read and written; `running` adds the threads that publish
checkpoints, keep projections, deliver notices, settle alerts that flapped, look what time has made due,
and tidy up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import structlog

from application.blobs import Blobs
from application.configuration import keep_templates, parse_alert_rules, read_oncall
from application.engine import Engine
from application.follower import Follower, run_follower
from application.ids import Clock, new_id, system_clock
from application.incident_index import IncidentIndex
from application.people import People
from application.policyshelf import PolicyShelf
from application.remembered import Remembered
from application.settling import Settling
from application.states import States
from application.timers import Timers, run_timers
from application.turns import Turns
from application.vault import Vault
from domain.classified import Profile
from ledger.commits import Commits
from ledger.errors import KeyUnavailable, LedgerError, ReadOnly, StoreError
from ledger.event import format_time
from ledger.guard import WAYS_OUT
from ledger.keystream import load_keyring
from ledger.publisher import run_publisher
from ledger.store.sqlite import SqliteStore
from ledger.writer import Writer
from projections.policyfile import parse_policy
from tallystick.blobs import open_blobs
from tallystick.defaults import ALERT_RULES, ONCALL, PLANS, POLICIES, POLICY_FILES
from tallystick.home import Home
from tallystick.housekeeping import run_housekeeping
from tallystick.keys import open_recorder_signer, open_vault_key
from tallystick.label import renew_label
from tallystick.notices import build_notifier
from tallystick.publishing import guard, own_publisher, publish_now
from tallystick.settings import Settings

ALLOWED: dict[Profile, tuple[Profile, ...]] = {
    "team": ("team", "solo"),
    "solo": ("team", "solo"),
    "strict": ("strict",),
}
"""Home's profile -> profiles a new incident may have, until governance facts say otherwise (R-PROF-01)."""

log = structlog.get_logger(__name__)


class NotInitialised(LedgerError):
    """There is no ledger in this home."""


@contextmanager
def open_engine(
    settings: Settings, *, read_only: bool = False, clock: Clock | None = None
) -> Iterator[Engine]:
    """Open the ledger in the home of ``settings`` and close it afterwards; ``clock`` is the system's.

    Raises `NotInitialised`, `KeyUnavailable`, `ConfigError`, `IntegrityError`, `StoreError`. A home
    that does not fulfil what was promised outside it opens read-only (`Writer.refusal` says why).
    """
    home, now = settings.place, clock or system_clock
    if not home.initialised:
        raise NotInitialised(f"home {home.path}: expected a ledger, found none; run `tallystick init`")
    with ExitStack() as stack:
        store = open_store(home)
        stack.callback(store.close)
        keyring = load_keyring(store)
        if keyring.position < 0:
            raise ReadOnly(f"{home.ledger}: expected a ledger, found no entries. {WAYS_OUT}")
        refusal = guard(settings, store, keyring.origin)
        writer = Writer(
            store, open_recorder_signer(settings), keyring.origin, clock=lambda: format_time(now())
        )
        stack.callback(writer.close)
        if refusal is not None or read_only:
            writer.freeze(refusal or ReadOnly("opened for reading only"))
        vault = Vault(home.vault, open_vault_key(settings))
        stack.callback(vault.close)
        index = IncidentIndex(home.views)
        stack.callback(index.close)
        disk = stack.enter_context(ThreadPoolExecutor(4, thread_name_prefix="disk"))
        blobs = open_blobs(settings)
        yield Engine(
            origin=keyring.origin,
            store=store,
            writer=writer,
            published=Commits(),
            vault=vault,
            blobs=blobs,
            index=index,
            follower=Follower(store, index),
            states=States(store),
            remembered=Remembered(store),
            people=People(store),
            turns=Turns(),
            policies=pinned_policies(home, settings.profile, blobs),
            shelf=PolicyShelf(blobs),
            profile=settings.profile,
            rules=parse_alert_rules((home.config / ALERT_RULES).read_bytes(), f"config/{ALERT_RULES}"),
            templates=keep_templates(home.config / PLANS, f"config/{PLANS}", blobs),
            oncall=read_oncall(home.config / ONCALL, f"config/{ONCALL}"),
            disk=disk,
            spools=home.path,
            clock=now,
            new_id=new_id,
        )


def open_store(home: Home) -> SqliteStore:
    """Open the log; raises `ReadOnly` when the file is gone, for a new one would forget what was promised."""
    if not home.ledger.exists():
        raise ReadOnly(f"{home.ledger}: expected a ledger, found no such file. {WAYS_OUT}")
    return SqliteStore(home.ledger)


def pinned_policies(home: Home, profile: Profile, blobs: Blobs) -> dict[Profile, str]:
    """Return the SHA-256 of the policy of each allowed profile, its exact bytes kept as a blob."""
    pinned: dict[Profile, str] = {}
    for name in ALLOWED[profile]:
        file = POLICY_FILES[name]
        text = (home.config / POLICIES / file).read_bytes()
        parse_policy(text, f"config/{POLICIES}/{file}")
        pinned[name] = blobs.put(text)
    return pinned


@contextmanager
def running(settings: Settings) -> Iterator[Engine]:
    """Open the ledger and keep it published, projected and tidy until the end of the block."""
    with open_engine(settings) as engine, _threads(settings, engine):
        yield engine


@contextmanager
def _threads(settings: Settings, engine: Engine) -> Iterator[None]:
    stop = threading.Event()
    loops: list[Callable[[], None]] = [
        lambda: run_follower(engine.follower, engine.commits, stop),
        lambda: run_housekeeping(engine, stop),
        lambda: build_notifier(settings, engine).run(stop),
        lambda: run_timers(Timers(engine), stop),
        lambda: Settling(engine).run(stop),
    ]
    publisher = own_publisher(settings, engine)
    if publisher is not None:
        loops.append(
            lambda: run_publisher(publisher, engine.commits, stop, on_error=lambda e: _unpublished(engine, e))
        )

    def published(_: int) -> None:
        try:
            renew_label(engine, settings.place)
        except (LedgerError, OSError):
            # The label can be written again; the publisher, whose thread this is, must go on.
            log.exception("log.vkey is not renewed")

    stop_listening = engine.published.listen(published)
    threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        stop_listening()
        # What was acknowledged last gets its checkpoint before we go.
        publish_now(settings, engine)


def _unpublished(engine: Engine, error: LedgerError) -> None:
    log.error("publisher", error=str(error))
    if isinstance(error, KeyUnavailable):
        return
    if isinstance(error, StoreError) and not isinstance(error, ReadOnly) and not error.fatal:
        return
    # Never sign what contradicts a promise, and do not go on as if nothing were wrong.
    engine.writer.freeze(error if isinstance(error, StoreError) else ReadOnly(str(error)))
