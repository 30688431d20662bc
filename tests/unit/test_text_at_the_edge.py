"""Text is normalised once, wherever in a command it is."""

from __future__ import annotations

from domain.intake.commands import OpenIncident
from domain.text import nfc

DECOMPOSED, COMPOSED = "Zu\u0308rich", "Z\u00fcrich"


def test_every_text_of_a_command_is_composed_lists_included() -> None:
    command = OpenIncident(title=DECOMPOSED, environment=DECOMPOSED, services=("api", DECOMPOSED))

    composed = nfc(command)

    assert composed == OpenIncident(title=COMPOSED, environment=COMPOSED, services=("api", COMPOSED))
