"""Every stable problem code: its status and meaning, for handlers, documentation and tests.

The rules' own refusals (`domain.refusal`) are part of it, by their kind. A code never changes its
meaning; clients branch on it, people read ``detail``.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from api.rulecodes import RULES
from domain.refusal import REFUSALS, Kind


class Code(msgspec.Struct, frozen=True):
    """The status that goes with a code, and what it means in one sentence."""

    status: int
    meaning: str


KINDS: Mapping[Kind, int] = {"state": 409, "authority": 403, "absent": 404, "value": 422}
"""Kind of a refusal by the rules -> status (design section 11)."""

SERVICE: Mapping[str, Code] = {
    "BODY_NOT_JSON": Code(400, "The body is not JSON."),
    "BODY_NOT_UTF8": Code(400, "The body is not UTF-8."),
    "BODY_KEY_TWICE": Code(400, "An object names one member twice; two readers would see two requests."),
    "HEADER_MALFORMED": Code(400, "A header does not have its form."),
    "REQUEST_MALFORMED": Code(400, "The request cannot be understood."),
    "TOKEN_MISSING": Code(401, "A bearer token is needed."),
    "TOKEN_UNKNOWN": Code(401, "The token is not one that this service accepts."),
    "CROSS_SITE": Code(403, "The form was sent from another site."),
    "NOT_FOUND": Code(404, "There is no such thing, or not for you."),
    "NOT_SIGNED_YET": Code(404, "The log has not signed a tree of that size."),
    "METHOD_NOT_ALLOWED": Code(405, "The resource has no such method."),
    "BODY_TOO_SLOW": Code(408, "The body did not arrive in time."),
    "STALE_VERSION": Code(409, "The stream has moved on since the caller read it; nothing was recorded."),
    "IDEMPOTENCY_KEY_REUSED": Code(409, "The key belongs to another request; nothing was recorded."),
    "CURSOR_AHEAD": Code(409, "The reader has more facts than the log: an old copy was restored?"),
    "PRECONDITION_FAILED": Code(412, "If-Match does not hold; nothing was recorded."),
    "BODY_TOO_LARGE": Code(413, "The body is larger than this service accepts."),
    "ENTRY_TOO_LARGE": Code(413, "The command does not fit into one entry of the log."),
    "CONTENT_TYPE": Code(415, "The body has another content type than application/json."),
    "BODY_INVALID": Code(422, "The body does not have the form of the action; errors has every place."),
    "QUERY_INVALID": Code(422, "A query parameter is unknown, doubled or does not have its form."),
    "DELIVERY_REJECTED": Code(422, "Nothing in the delivery could be read; it is recorded as rejected."),
    "QUEUE_FULL": Code(429, "Too many requests wait for the disk; nothing was recorded."),
    "RATE_EXCEEDED": Code(429, "The principal asks more often than it may."),
    "TRANSFERS_EXCEEDED": Code(429, "Enough files are on their way already; try again shortly."),
    "STREAMS_EXCEEDED": Code(429, "Too many readers follow the stream already."),
    "INTERNAL": Code(500, "The service failed; its log has the reason under the request's id."),
    "EVIDENCE_BROKEN": Code(500, "What is stored does not hold. Run `tallystick log fsck`."),
    "READ_ONLY": Code(503, "The service only reads until an operator acts; detail has the ways out."),
    "NOT_READY": Code(503, "The service is not ready; errors has what is not."),
    "STORE_BUSY": Code(503, "Another process holds the database; nothing was recorded."),
    "STORE_FULL": Code(503, "The disk is full; nothing was recorded."),
    "STORE_UNAVAILABLE": Code(503, "The store cannot serve."),
    "INTAKE_BUSY": Code(503, "Too much to take in at the moment; nothing was recorded, send it again."),
}
"""Codes of the service itself."""

CODES: Mapping[str, Code] = {
    **SERVICE,
    **{code: Code(KINDS[kind], RULES.get(code, "")) for code, kind in REFUSALS.items()},
}
"""All of them."""


def title(code: str) -> str:
    """Return the short, unchanging name of a kind of problem."""
    return code.replace("_", " ").capitalize()
