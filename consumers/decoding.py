"""From a message to a delivery, whatever is in it: what cannot be read is a delivery that says so."""

from __future__ import annotations

from consumers.format import Format
from consumers.message import Message
from consumers.payload import WHOLE, DecodeError
from domain.signal import Delivery, Rejected


def decoded(form: Format, message: Message, source: str) -> Delivery:
    """Return what a message of ``source`` says in ``form``; nothing is raised for what a sender sent."""
    try:
        return form.decode(message, source)
    except DecodeError as error:
        rejected = error.rejected
    except Exception as error:  # a decoder that fails must not stop a topic, or lose a message
        rejected = Rejected(
            reason_code="decoder-failed",
            place=WHOLE,
            expected=f"a message that the decoder of {form.name} can cope with",
            found=type(error).__name__,
        )
    return Delivery(source=source, format=form.version, rejected=(rejected,))
