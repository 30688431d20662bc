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
    # What nobody could read is kept as well, and must not keep a key of its sender in it.
    clean = None if form.clean is None else form.clean(message.body)
    return Delivery(source=source, format=form.version, rejected=(rejected,), kept=clean)


def _checked(delivery: Delivery, message: Message) -> Delivery:
    """Return ``delivery``, of which nothing counts if a key was given to a format that has no signature."""
    if message.secret is None or delivery.signature is not None:
        return delivery
    expected = "a format that is signed, for the source has a key"
    error = DecodeError("signature-absent", WHOLE, expected, "one that is not")
    return Delivery(
        source=delivery.source,
        format=delivery.format,
        rejected=(error.rejected,),
        kept=delivery.kept,
        masked=delivery.masked,
    )
