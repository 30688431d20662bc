"""From a message to a delivery, whatever is in it: what cannot be read is a delivery that says so."""

from __future__ import annotations

from consumers.format import Format
from consumers.message import Message
from consumers.payload import WHOLE, DecodeError
from domain.signal import Delivery, Rejected


def decoded(form: Format, message: Message, source: str) -> Delivery:
    """Return what a message of ``source`` says in ``form``; nothing is raised for what a sender sent."""
    try:
        return _checked(form.decode(message, source), message)
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


def _checked(delivery: Delivery, message: Message) -> Delivery:
    """Return ``delivery`` unless a key was given to a format that has no signature to check with it."""
    if message.secret is not None and delivery.signature is None:
        expected = "a format that is signed, for the source has a key"
        raise DecodeError("signature-absent", WHOLE, expected, "one that is not")
    return delivery
