"""Signing in and out of the pages: a token is exchanged for a cookie.

The cookie is HttpOnly and SameSite=Strict and stands for a session in memory, never for the token itself. It
reads everywhere; it writes by the forms of our pages alone, each of which carries a token of its session.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import COOKIE
from api.bodies import read_bytes
from api.problems import refused
from api.service import Service
from application.tokens import token_digest

LIFETIME_S = 12 * 3600.0
FORM = "application/x-www-form-urlencoded"
FORM_FIELD = "form_token"
"""The field that shows that a form was sent by a page of ours (CSRF)."""


async def token_of_form(request: Request, service: Service) -> bytes | None:
    """Return the SHA-256 of the pasted token, None if it is nobody's; raises on a form of another site."""
    check_same_site(request)
    body = await read_bytes(request, service.limits.body_seconds)
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=8)
    token = fields.get("token", [""])[0].strip()
    digest = token_digest(token)
    return digest if token and service.tokens.of_digest(digest) is not None else None


def signed_in(request: Request, service: Service, token: bytes) -> Response:
    """Return the way home, with the cookie of a new session for the token with this SHA-256."""
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        service.sessions.issue(token),
        max_age=int(service.sessions.lifetime_s),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


def signed_out(request: Request, service: Service) -> Response:
    """Return the way home, with the session ended."""
    check_same_site(request)
    service.sessions.take(request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def form_token(request: Request) -> str:
    """Return what a form of ours carries: made from the session's cookie, which other sites cannot read."""
    cookie = request.cookies.get(COOKIE, "")
    return hashlib.sha256(f"tallystick/form/v1\n{cookie}".encode()).hexdigest()


def check_form(request: Request, fields: Mapping[str, Sequence[str]]) -> None:
    """Return if a form was sent by a page of ours in this session; raise CROSS_SITE otherwise."""
    check_same_site(request)
    found = fields.get(FORM_FIELD, [""])[0]
    if not hmac.compare_digest(found.encode(), form_token(request).encode()):
        raise refused(
            "CROSS_SITE",
            "the form is not one of this session: open the page again",
            place=f"field {FORM_FIELD}",
            expected="the token of this session's pages",
            found="another" if found else "none",
        )


def check_same_site(request: Request) -> None:
    """Return if the browser says that the form is ours, or says nothing; raise CROSS_SITE otherwise.

    Without this another site could sign a visitor in as somebody else.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    # Our pages send no referrer, so a browser says "null" for them too; then it has to vouch for the site.
    allowed = (None, ours) if site is None else (None, ours, "null")
    if site not in (None, "same-origin", "none") or origin not in allowed:
        raise refused(
            "CROSS_SITE",
            "the form was sent from another site",
            place="header Origin",
            expected=ours,
            found=str(origin or site)[:200],
        )
