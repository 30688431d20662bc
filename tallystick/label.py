"""``log.vkey`` of a home: the verifier key that the operator hands out, that of the served checkpoints."""

from __future__ import annotations

from application.engine import Engine
from ledger.durable import replace_durably
from tallystick.home import Home


def renew_label(engine: Engine, home: Home) -> str | None:
    """Make ``log.vkey`` the key of the newest published checkpoint; return it if it is another one now."""
    vkey = engine.vkey
    if home.vkey.read_text().strip() == vkey:
        return None
    replace_durably(home.vkey, f"{vkey}\n".encode(), mode=0o644)
    return vkey
