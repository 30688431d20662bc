"""Who is asking: a bearer token, or for reading also the cookie of a session or a ticket.

A write never takes a cookie, so another site cannot make a browser write (no CSRF).
"""

from __future__ import annotations

from starlette.requests import Request

from api.permissions import ROLES, Access, may
from api.problems import refused
from api.service import Service
from domain.context import Principal

COOKIE = "tallystick_session"
TICKET, STREAM = "ticket", "/v1/stream"
SOURCE_KEY = "source_key"


def admit(request: Request, service: Service, access: Access) -> Principal:
    """Return the principal who asks, if the access is theirs; raise the problem otherwise."""
    principal = _authenticated(request, service, access)
    request.scope["state"]["principal"] = principal.id
    if not may(principal, access):
        raise refused(
            "ROLE_MISSING",
            f"none of your roles allows this: expected one of {', '.join(sorted(ROLES[access]))}",
            place="authorization",
            expected="one of " + ", ".join(sorted(ROLES[access])),
            found=", ".join(principal.roles) or "no role",
        )
    if not service.rates.allows(principal.id):
        # A monitoring tool gives up after 4xx and tries again after 5xx.
        code = "INTAKE_BUSY" if access == "ingest" else "RATE_EXCEEDED"
        limit = f"at most {service.limits.requests_per_second:g} requests a second"
        raise refused(code, f"{principal.id}: expected {limit}", expected=limit, found="more")
    return principal


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request, None when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def session(request: Request, service: Service) -> Principal | None:
    """Return who the session's cookie stands for, None when nobody."""
    cookie = request.cookies.get(COOKIE)
    return None if cookie is None else service.sessions.find(cookie)


def _authenticated(request: Request, service: Service, access: Access) -> Principal:
    token = bearer(request)
    if token is None and access == "ingest":
        # Some senders can put a secret nowhere but into the address.
        token = request.path_params.get(SOURCE_KEY)
    principal = service.tokens.principal(token) if token else _of_browser(request, service)
    if principal is not None:
        return principal
    if token:
        raise refused(
            "TOKEN_UNKNOWN",
            "the token is not one that this service accepts",
            place="header Authorization",
            expected="a token of this service",
            found="another",
        )
    raise refused(
        "TOKEN_MISSING",
        "expected a header Authorization: Bearer TOKEN",
        place="header Authorization",
        expected="Bearer TOKEN",
        found="none",
    )


def _of_browser(request: Request, service: Service) -> Principal | None:
    if request.method != "GET":
        return None
    ticket = request.query_params.get(TICKET) if request.scope["path"] == STREAM else None
    return service.tickets.take(ticket) if ticket else session(request, service)
