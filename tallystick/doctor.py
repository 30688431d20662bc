"""What an operator should know about a home: a table of checks, each a function that changes nothing.

A check yields what it found; what it cannot look at is a problem too. Problems keep the service from its work
or put evidence at risk; warnings are advice.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from application.configuration import parse_alert_rules, read_oncall, read_templates
from application.ids import system_clock
from application.outbox import Outbox
from application.vault import Vault
from domain.moment import instant
from ledger.errors import IntegrityError, KeyUnavailable, LedgerError
from ledger.keyring import Keyring, log_keys, valid
from ledger.keystream import load_keyring
from ledger.note import format_vkey, log_vkey
from ledger.signer import keyid
from ledger.store.rows import open_row
from ledger.store.sqlite import SqliteStore
from projections.configerror import ConfigError
from projections.policyfile import parse_policy
from tallystick.defaults import ALERT_RULES, ONCALL, PLANS, POLICIES, POLICY_FILES
from tallystick.home import Home
from tallystick.keys import open_log_signer, open_recorder_signer, open_vault_key
from tallystick.publishing import guard
from tallystick.settings import Settings
from tallystick.sources import open_sources
from tallystick.wiring import ALLOWED, open_store

Level = Literal["ok", "warning", "problem"]
LAG = timedelta(seconds=60)
CLOCK = timedelta(seconds=5)
LITTLE, TOO_LITTLE = 1 << 30, 100 << 20  # bytes
SQLITE = (3, 38, 0)
"""STRICT tables came with 3.37, JSON functions as a matter of course with 3.38."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: what was found, and what to do about it."""

    name: str
    level: Level
    found: str
    advice: str | None = None


Found = Iterator[tuple[Level, str, str | None]]


class Patient:
    """A home under examination; what several checks need is opened once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def home(self) -> Home:
        """Where everything is."""
        return self.settings.place

    @cached_property
    def store(self) -> SqliteStore:
        """The log; raises `StoreError`."""
        return open_store(self.home)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys; raises `IntegrityError`, also when there are none."""
        keyring = load_keyring(self.store)
        if keyring.position < 0:
            raise IntegrityError(str(self.home.ledger), "leaf 0 at least", "no entries")
        return keyring

    def close(self) -> None:
        """Close what was opened."""
        if "store" in self.__dict__:
            self.store.close()


def examine(settings: Settings) -> tuple[Check, ...]:
    """Return what every check of the table found, in its order; without a home there is but one."""
    patient = Patient(settings)
    checks = CHECKS if patient.home.initialised else CHECKS[:1]
    try:
        return tuple(check for name, look in checks for check in _checked(name, look, patient))
    finally:
        patient.close()


def _checked(name: str, look: Callable[[Patient], Found], patient: Patient) -> Iterator[Check]:
    try:
        for level, found, advice in look(patient):
            yield Check(name=name, level=level, found=found, advice=advice)
    except (LedgerError, ConfigError, OSError) as e:
        yield Check(name=name, level="problem", found=str(e))


def _home(patient: Patient) -> Found:
    if not patient.home.initialised:
        yield "problem", f"no ledger in {patient.home.path}", "run `tallystick init`"
    else:
        yield "ok", str(patient.home.path.absolute()), None


def _permissions(patient: Patient) -> Found:
    home = patient.home
    private = [home.path, home.keys, home.admin_token, home.intake_token, home.ledger, home.vault, home.blobs]
    private.append(home.notices)
    private += [path for path in sorted(home.keys.glob("*")) if path.suffix != ".pub"]
    loose = [path for path in private if path.exists() and _mode(path) & 0o077]
    for path in loose:
        yield "problem", f"{path} is open to others ({_mode(path):04o})", f"run `chmod go-rwx {path}`"
    if not loose:
        yield "ok", "nobody but the owner has any right", None


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _recorder(patient: Patient) -> Found:
    signer = open_recorder_signer(patient.settings)
    valid(patient.keyring, keyid(signer.public_key), patient.store.head().size)
    yield "ok", f"recorder key {keyid(signer.public_key)[:16]}… is in force", None


def _log_key(patient: Patient) -> Found:
    try:
        signer = open_log_signer(patient.settings)
    except KeyUnavailable as e:
        yield "warning", str(e), "another process with the log key has to publish"
        return
    ours = format_vkey(log_vkey(patient.keyring.origin, signer.public_key))
    if ours in log_keys(patient.keyring, patient.store.head().size):
        yield "ok", ours, None
    else:
        yield "problem", f"{ours} is not in force", "name another with the setting log_key"


def _root_key(patient: Patient) -> Found:
    root = patient.home.root_key
    if root.exists():
        advice = f"move {root} to a medium in a drawer and name it with --root-key when keys change"
        yield "warning", "the root key lies in the home: who has the home can enrol keys of their own", advice
    else:
        yield "ok", "not in the home", None


def _vault(patient: Patient) -> Found:
    if not patient.home.vault.exists():
        yield "problem", f"{patient.home.vault}: no such file", "restore it: it holds the sealed values"
        return
    Vault(patient.home.vault, open_vault_key(patient.settings)).close()
    yield "ok", "opens with its master key", None


def _config(patient: Patient) -> Found:
    folder = patient.home.config
    for name in ALLOWED[patient.settings.profile]:
        file = f"{POLICIES}/{POLICY_FILES[name]}"
        parse_policy((folder / file).read_bytes(), f"config/{file}")
    parse_alert_rules((folder / ALERT_RULES).read_bytes(), f"config/{ALERT_RULES}")
    templates = read_templates(folder / PLANS, f"config/{PLANS}")
    read_oncall(folder / ONCALL, f"config/{ONCALL}")
    open_sources(patient.home)
    found = f"policies, alert rules, sources, {len(templates)} plan templates and on-call table are valid"
    yield "ok", f"profile {patient.settings.profile}, {found}", None


def _promises(patient: Patient) -> Found:
    refusal = guard(patient.settings, patient.store, patient.keyring.origin)
    if refusal is None:
        yield "ok", "the log fulfils every promise", None
    else:
        yield "problem", str(refusal), None


def _copy(patient: Patient) -> Found:
    copy = patient.settings.checkpoint_copy
    if copy is None:
        yield "warning", "no second record of what was promised", "set TALLYSTICK_CHECKPOINT_COPY"
    elif copy.parent.stat().st_dev == patient.home.path.stat().st_dev:
        yield "warning", f"{copy} is on the disk of the home", "put it on another disk or machine"
    else:
        yield "ok", str(copy), None


def _published(patient: Patient) -> Found:
    size, newest = patient.store.head().size, patient.store.newest_publication()
    published = 0 if newest is None else newest.size
    if published >= size:
        yield "ok", f"all {size} entries are published", None
        return
    age = system_clock() - _recorded(patient, published)
    found = (
        f"{size - published} of {size} entries are not published, the oldest for {age.total_seconds():.0f} s"
    )
    if age > LAG:
        yield "warning", found, "is the service running, and does it have the log key?"
    else:
        yield "ok", found, None


def _recorded(patient: Patient, position: int) -> datetime:
    rows = patient.store.rows(position, 1)
    if not rows:
        raise IntegrityError(str(patient.home.ledger), f"entry {position}", "none")
    return datetime.fromisoformat(open_row(rows[0])[1].recordedtime)


def _notices(patient: Patient) -> Found:
    outbox = Outbox(patient.store)
    outbox.catch_up()
    ages = [system_clock() - instant(item.requested_at) for item in outbox.waiting()]
    late = [age for age in ages if age > LAG]
    if late:
        found = f"{len(late)} are not delivered, the oldest for {max(late).total_seconds():.0f} s"
        yield "warning", found, "is the service running? it delivers them"
    else:
        yield "ok", f"{len(ages)} are on their way" if ages else "none waits to be delivered", None


def _disk(patient: Patient) -> Found:
    free = shutil.disk_usage(patient.home.path).free
    level: Level = "problem" if free < TOO_LITTLE else "warning" if free < LITTLE else "ok"
    yield level, f"{free >> 20} MiB are free", None if level == "ok" else "make room"


def _sqlite(_patient: Patient) -> Found:
    if sqlite3.sqlite_version_info < SQLITE:
        wanted = ".".join(map(str, SQLITE))
        yield "problem", f"version {sqlite3.sqlite_version}", f"use SQLite {wanted} or newer"
    else:
        yield "ok", f"version {sqlite3.sqlite_version}", None


def _clock(patient: Patient) -> Found:
    now, newest = system_clock(), _recorded(patient, patient.store.head().size - 1)
    if newest - now > CLOCK:
        found = f"it says {now:%Y-%m-%dT%H:%M:%SZ}, before the newest entry of {newest:%Y-%m-%dT%H:%M:%SZ}"
        yield "problem", found, "set the clock, best by NTP"
    else:
        yield "ok", f"{now:%Y-%m-%dT%H:%M:%SZ}, not before the newest entry", None


CHECKS: tuple[tuple[str, Callable[[Patient], Found]], ...] = (
    ("home", _home),
    ("permissions", _permissions),
    ("recorder key", _recorder),
    ("log key", _log_key),
    ("root key", _root_key),
    ("vault", _vault),
    ("configuration", _config),
    ("promises", _promises),
    ("checkpoint copy", _copy),
    ("published", _published),
    ("notices", _notices),
    ("disk", _disk),
    ("SQLite", _sqlite),
    ("clock", _clock),
)
