"""What stands inside a line of our Markdown: sealed words, foreign words, people, roles, numbers.

Everything that is returned is Markdown already. People are principal ids; readable copies have their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from domain.prose import Prose
from projections.markdown import escape, first
from projections.placeholder import one_line, placeholder

_UPPER = {"sre": "SRE", "dpo": "DPO"}
_DECIMALS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK"), 0),
    **dict.fromkeys(("BHD", "KWD", "OMR", "JOD", "TND"), 3),
}
"""ISO 4217: how many decimals the minor unit of a currency has, where it is not two."""


def foreign(text: str) -> str:
    """Return a code or another foreign text, escaped, wherever on a line it stands."""
    return first(escape(one_line(text)))


def said(text: Prose) -> str:
    """Return sealed words in quotation marks."""
    return f"“{placeholder(text)}”"


def code(text: Prose) -> str:
    """Return sealed words as something to type."""
    return f"`{placeholder(text)}`"


def after(words: str, text: Prose | None) -> str:
    """Return ``words`` and sealed words in quotation marks, nothing where nothing was said."""
    return "" if text is None else f"{words}{said(text)}"


def role(name: str) -> str:
    """Return a role as people call it: ``Incident Commander``, ``SRE On Call``."""
    return foreign(" ".join(_UPPER.get(word, word.capitalize()) for word in name.split("_")))


def listed(parts: Iterable[str], nothing: str = "none") -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    *some, last = tuple(parts) or (nothing,)
    return f"{', '.join(some)} and {last}" if some else last


def percent(share: str) -> str:
    """Return a share as ``31%``."""
    return f"{(Decimal(share) * 100).normalize():f}%"


def money(minor: int, currency: str | None) -> str:
    """Return an amount of minor units as ``EUR 18,500.00``; without a currency in minor units."""
    if currency is None:
        return f"{minor:,} (minor units)"
    decimals = _DECIMALS.get(currency, 2)
    amount = Decimal(minor).scaleb(-decimals)
    whole = amount == amount.to_integral_value()
    return f"{foreign(currency)} {amount:,.{0 if whole else decimals}f}"
