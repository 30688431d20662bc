"""``tallystick doctor``: what an operator should know about this home and this machine."""

from __future__ import annotations

from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json
from tallystick.cli.refused import Refused
from tallystick.doctor import Check, examine
from tallystick.settings import load_settings

MARKS = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM "}


def doctor(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """Say what could be better.

    Looks at permissions, keys, configuration, promises, publication, disk and clock, and changes nothing.
    Exits with 1 if there is a problem; warnings are advice.
    """
    found = examine(load_settings(home=home))
    if json:
        say_json(found)
    else:
        for check in found:
            _say(check)
    if any(check.level == "problem" for check in found):
        raise Refused


def _say(check: Check) -> None:
    say(f"{MARKS[check.level]} {check.name}: {check.found}")
    if check.advice is not None:
        say(f"{'':9}{'':{len(check.name)}}  -> {check.advice}")
