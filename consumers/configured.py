"""Which source speaks which format: the built-in ones under their own names, and those that people add."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from consumers.format import Format
from consumers.formats import FORMATS
from domain.sources import Source, Sources
from projections.configerror import ConfigError


def speaking(sources: Sources, place: str) -> Mapping[str, Format]:
    """Return the format of every source by the source's name, as its mapping makes it.

    ``place`` names the file of ``sources``, for errors. Raises `ConfigError` for a format that there is not,
    for a mapping of messages whose format says what they mean, and for a name that means another format.
    """
    added = {
        name: _format(source, name, f"{place}.sources.{name}") for name, source in sources.sources.items()
    }
    return {**FORMATS, **added}


def _format(source: Source, name: str, place: str) -> Format:
    form = FORMATS.get(source.format)
    if form is None:
        raise ConfigError(f"{place}.format", f"one of {', '.join(sorted(FORMATS))}", source.format)
    if name in FORMATS and name != form.name:
        # Its path is described as that of the format it is named after.
        raise ConfigError(f"{place}.format", f"{name}, as the source is called", source.format)
    if source.mapping is None:
        return form
    if form.mapped is None:
        expected = f"no mapping: the format {form.name} says itself what its messages mean"
        raise ConfigError(f"{place}.mapping", expected, "one")
    return replace(
        form,
        decode=form.mapped(source.mapping),
        headers=form.headers | {source.mapping.signature.header},
    )
