"""What is wrong with a configuration file, said as place, expected and found.

msgspec says what is wrong in sentences made for programmers, quotes no value where a limit is broken,
and hides the keys of mappings; here its sentence is taken apart and completed from the values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

Step = str | int
_HIDDEN: Final = "[...]"
_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<at>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_SENTENCES = (
    re.compile(
        r"(?:(?P<field>[a-z0-9_]+): )?[Ee]xpected (?P<expected>.*), (?:got|found) (?P<found>.*)", re.DOTALL
    ),
    re.compile(r"Object contains unknown field `(?P<found>.*)`", re.DOTALL),
    re.compile(r"Object missing required field `(?P<missing>.*)`", re.DOTALL),
    re.compile(r"Invalid enum value (?P<found>.*)", re.DOTALL),
    re.compile(r"Expected (?P<expected>.*)", re.DOTALL),
)
"""How msgspec says what is wrong, the most telling form first."""


class ConfigError(ValueError):
    """A configuration file does not hold what it must. Says place, expected and found, in that order."""

    def __init__(self, place: str, expected: str, found: str) -> None:
        super().__init__(f"{place}: expected {expected}, found {found}")
        self.place = place
        self.expected = expected
        self.found = found


def config_error(place: str, values: Any, complaint: Callable[[Any], str | None]) -> ConfigError:
    """Return the error in ``values``, of which ``complaint`` says what msgspec says of them."""
    message = complaint(values) or ""
    parted = _PLACE.fullmatch(message)
    what, at = (parted["what"], parted["at"] or "") if parted else (message, "")
    steps = _named(_steps(at), values, lambda part: complaint(part) == message)
    place += "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    found = next(filter(None, (form.fullmatch(what) for form in _SENTENCES)), None)
    parts = found.groupdict() if found else {}
    if "missing" in parts:
        return ConfigError(place, f"the key {parts['missing']}", "none")
    field = f".{parts['field']}" if parts.get("field") else ""
    expected = parts.get("expected") or "something the schema names"
    return ConfigError(place + field, expected, parts.get("found") or repr(_looked_up(values, steps)))


def _steps(at: str) -> list[Step]:
    found = _STEP.finditer(at)
    return [int(step[2]) if (step[2] or "").isdigit() else step[1] or _HIDDEN for step in found]


def _named(steps: list[Step], values: Any, same: Callable[[Any], bool]) -> list[Step]:
    """Return ``steps`` with hidden keys named: it is the key whose entry alone leads to the same sentence."""
    named: list[Step] = []
    for step in steps:
        keys = _looked_up(values, named) if step == _HIDDEN else ()
        named.append(next((key for key in keys if same(_only(values, named, key))), step))
    return named


def _only(values: Any, steps: list[Step], key: str) -> Any:
    """Return ``values`` with the mapping at ``steps`` reduced to one entry."""
    if not steps:
        return {key: values[key]}
    changed = values.copy()
    changed[steps[0]] = _only(values[steps[0]], steps[1:], key)
    return changed


def _looked_up(values: Any, steps: list[Step]) -> Any:
    for step in steps:
        values = values[step]
    return values
