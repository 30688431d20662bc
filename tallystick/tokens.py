"""Who the two tokens of a home stand for (docs/decisions/0007).

The operator's is a person with every role; people of their own, with grants that are facts, come later.
Monitoring tools get one that can deliver signals and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from application.tokens import Grant, Tokens, token_digest
from domain.context import Principal
from ledger.keyfile import read_private_file
from tallystick.home import Home

OPERATOR: Final = Principal(
    id="p-admin", type="user", roles=("incident_commander", "on_call_lead", "ledger_admin", "auditor")
)
INTAKE: Final = Principal(id="p-intake", type="service_account", roles=("signal_ingestor",))


def home_tokens(home: Home) -> Tokens:
    """Return the tokens of a home; raises `KeyUnavailable` when a file is missing or open to others."""
    return Tokens((_grant(home.admin_token, OPERATOR), _grant(home.intake_token, INTAKE)))


def _grant(path: Path, principal: Principal) -> Grant:
    text = read_private_file(f"file:{path}", path).decode("utf-8", "surrogateescape").strip()
    return Grant(token_digest(text), principal)
