"""What people edit in ``<home>/config`` beside the policies: rules, sources, plan templates, who is on call.

A home that an older program made may lack all of these but the rules: then there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from application.blobs import Blobs
from domain.oncall import NOBODY, OnCall
from domain.plan_template import PlanTemplate
from domain.rules import AlertRules
from domain.sources import NONE, Sources
from projections.configerror import ConfigError
from projections.strictyaml import parse


class LoadedTemplate(Struct, frozen=True, kw_only=True):
    """A template, and the SHA-256 of the exact bytes of its file, which are kept as a blob."""

    template: PlanTemplate
    sha256: str


def parse_alert_rules(data: bytes, place: str) -> AlertRules:
    """Return the alert rules in the bytes of a file; ``place`` is its name, for errors.

    Raises `ConfigError`.
    """
    return parse(data, AlertRules, place)


def parse_template(data: bytes, place: str, name: str) -> PlanTemplate:
    """Return the template in the bytes of the file ``name``.yaml; raises `ConfigError`.

    A template is asked for by its name, which two files must not share: so it is the file's.
    """
    template = parse(data, PlanTemplate, place)
    if template.name != name:
        raise ConfigError(f"{place}.name", f"{name}, as the file is called", template.name)
    return template


def read_templates(folder: Path, place: str) -> Mapping[str, tuple[PlanTemplate, bytes]]:
    """Return the templates in ``folder`` by name, with the bytes of their files; raises `ConfigError`."""
    found: dict[str, tuple[PlanTemplate, bytes]] = {}
    for path in sorted(folder.glob("*.yaml")):
        # Editors leave locks and copies with a dot in front, some of which cannot be opened.
        if not path.name.startswith("."):
            data = path.read_bytes()
            found[path.stem] = parse_template(data, f"{place}/{path.name}", path.stem), data
    return found


def keep_templates(folder: Path, place: str, blobs: Blobs) -> Mapping[str, LoadedTemplate]:
    """Return the templates in ``folder`` by name, their bytes kept; raises `ConfigError`, `StoreError`."""
    return {
        name: LoadedTemplate(template=template, sha256=blobs.put(data))
        for name, (template, data) in read_templates(folder, place).items()
    }


def read_oncall(file: Path, place: str) -> OnCall:
    """Return the on-call table in ``file``; without one, a table that names nobody. Raises `ConfigError`."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return NOBODY
    return parse(data, OnCall, place)


def read_sources(file: Path, place: str) -> Sources:
    """Return the sources in ``file``; without one, none beside those built in. Raises `ConfigError`."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return NONE
    return parse(data, Sources, place)
