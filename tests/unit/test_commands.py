"""What people may ask for: limits that hold on the wire, in the schema and after normalisation alike."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest

from domain.commands import COMMANDS, EXAMPLES, Command
from domain.text import nfc

OPEN: dict[str, Any] = {"action": "open", "title": "t", "environment": "e"}
DECLARE: dict[str, Any] = {"action": "declare", "rationale": "it is confirmed"}
ATTACH: dict[str, Any] = {"action": "attach-alert", "alert": "alert-" + "0" * 32, "why": "the same cause"}
ADD: dict[str, Any] = {"action": "add-timeline-entry", "text": "x"}
CORRECT: dict[str, Any] = {"action": "correct-timeline-entry", "entry_id": "i", "text": "x", "reason": "y"}

GOOD: list[dict[str, Any]] = [
    OPEN,
    {**OPEN, "title": "t" * 200, "environment": "e" * 128, "services": ["s"] * 32},
    {**OPEN, "title": " a b ", "summary": "a\nb\t", "detected_at": "2026-03-01T02:10:00+01:00"},
    {**OPEN, "drill": True, "visibility": "restricted", "profile": "strict"},
    {**DECLARE, "rationale": "r" * 10},
    ATTACH,
    {**ADD, "text": "\n x \n", "category": "communication", "at": None},
    CORRECT,
]
BAD: list[dict[str, Any]] = [
    {"action": "close"},
    {"title": "t", "environment": "e"},
    {**OPEN, "title": ""},
    {**OPEN, "title": " \t"},
    {**OPEN, "title": "\u3000"},
    {**OPEN, "title": "a\nb"},
    {**OPEN, "title": "a\n"},
    {**OPEN, "title": "t" * 201},
    {**OPEN, "environment": ""},
    {**OPEN, "environment": "e" * 129},
    {**OPEN, "services": ["s"] * 33},
    {**OPEN, "services": [""]},
    {**OPEN, "summary": " \n"},
    {**OPEN, "summary": "a\x00b"},
    {**OPEN, "drill": "yes"},
    {**OPEN, "profile": "none"},
    {**OPEN, "unknown": 1},
    {**DECLARE, "rationale": "too short"},
    {**DECLARE, "rationale": " " * 12},
    {**DECLARE, "rationale": "r" * 20_001},
    {**ATTACH, "alert": "incident-" + "0" * 32},
    {**ATTACH, "alert": "alert-" + "0" * 32 + "\n"},
    {**ADD, "text": ""},
    {**ADD, "category": "gossip"},
    {**CORRECT, "entry_id": ""},
    {"action": "correct-timeline-entry", "entry_id": "i", "text": "x"},
]


def decoded(body: dict[str, Any]) -> Command:
    """Return the command in a body."""
    command: Command = msgspec.json.decode(msgspec.json.encode(body), type=Command)
    return command


def allowed_by_schema(body: dict[str, Any]) -> bool:
    """Return whether the published schema accepts a body."""
    schema = msgspec.json.schema(Command)
    return jsonschema.Draft202012Validator(schema).is_valid(body)


@pytest.mark.parametrize("body", GOOD)
def test_what_is_within_the_limits_is_accepted_and_survives_normalisation(body: dict[str, Any]) -> None:
    command = decoded(body)
    assert nfc(command) == command
    assert allowed_by_schema(body)


@pytest.mark.req("R-ROL-02")
@pytest.mark.parametrize("body", BAD)
def test_what_is_not_is_refused_by_decoder_and_schema_alike(body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(body)
    assert not allowed_by_schema(body)


@pytest.mark.parametrize("at", ["2026-03-01T02:10:00", "2026-03-01", "now", 7])
def test_a_time_without_an_offset_is_refused(at: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded({**ADD, "at": at})


@pytest.mark.parametrize("action", COMMANDS)
def test_every_example_is_what_its_action_sends(action: str) -> None:
    body = msgspec.json.decode(msgspec.json.encode(EXAMPLES[action]))
    assert body["action"] == action
    assert decoded(body) == EXAMPLES[action] == nfc(EXAMPLES[action])
    assert allowed_by_schema(body)
