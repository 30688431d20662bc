"""Who is asking: a bearer token, or for reading also the cookie of a session or a ticket.

A write never takes a cookie, so another site cannot make a browser write (no CSRF).
"""

from __future__ import annotations

from starlette.requests import Request

from api.permissions import ROLES, Access, may
from api.problems import ProblemError, refused
from api.service import Service
from application.tokens import token_digest
from domain.context import Principal

COOKIE = "tallystick_session"
TICKET, STREAM = "ticket", "/v1/stream"
SOURCE_KEY = "source_key"
SHOWN = "shown"
"""Where the SHA-256 of the token that let a request in is kept, for as long as the request lasts."""


def admit(request: Request, service: Service, access: Access) -> Principal:
    """Return the principal who asks, if the access is theirs; raise the problem otherwise."""
    return _admitted(request, service, access, _shown(request, service, access))


def admit_by_body(request: Request, service: Service, access: Access, token: str) -> Principal:
    """Return the principal whose token a body shows, where another service's protocol has its key there."""
    return _admitted(request, service, access, token_digest(token))


def _admitted(request: Request, service: Service, access: Access, digest: bytes) -> Principal:
    principal = service.tokens.of_digest(digest)
    if principal is None:
        raise _unknown()
    request.scope["state"]["principal"] = principal.id
    request.scope["state"][SHOWN] = digest
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


def admitting(request: Request) -> bytes:
    """Return the SHA-256 of the token by which `admit` let this request in."""
    digest: bytes = request.scope["state"][SHOWN]
    return digest


def still_admitted(request: Request, service: Service, access: Access) -> bool:
    """Return whether the token that let a long request in would let it in now."""
    principal = service.tokens.of_digest(admitting(request))
    return principal is not None and may(principal, access)


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request, None when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def session(request: Request, service: Service) -> Principal | None:
    """Return who the session's cookie stands for now, None when nobody."""
    cookie = request.cookies.get(COOKIE)
    digest = None if cookie is None else service.sessions.find(cookie)
    return None if digest is None else service.tokens.of_digest(digest)


def _shown(request: Request, service: Service, access: Access) -> bytes:
    """Return the SHA-256 of the token that a request shows, or that its cookie or ticket stands for."""
    token = bearer(request)
    if token is None and access == "ingest":
        # Some senders can put a secret nowhere but into the address.
        token = request.path_params.get(SOURCE_KEY)
    digest = token_digest(token) if token else _of_browser(request, service)
    if digest is not None:
        return digest
    raise refused(
        "TOKEN_MISSING",
        "expected a header Authorization: Bearer TOKEN",
        place="header Authorization",
        expected="Bearer TOKEN",
        found="none",
    )


def _of_browser(request: Request, service: Service) -> bytes | None:
    if request.method != "GET":
        return None
    ticket = request.query_params.get(TICKET) if request.scope["path"] == STREAM else None
    if ticket:
        return service.tickets.take(ticket)
    cookie = request.cookies.get(COOKIE)
    return None if cookie is None else service.sessions.find(cookie)


def _unknown() -> ProblemError:
    return refused(
        "TOKEN_UNKNOWN",
        "the token is not one that this service accepts",
        place="header Authorization",
        expected="a token of this service",
        found="another",
    )
