"""The directory over HTTP: who there is and who may do what; changes of it are in `api.people_changes`."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from api import people_changes
from api.alerts import NoQuery
from api.permissions import ROLES as ACCESS
from api.preconditions import etag
from api.problems import of_refusal
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application.people_view import PeopleView, PersonView, all_people, one_person
from domain.authority import ADMINISTRATION, AUTHORITY
from domain.people_facts import PersonKind
from domain.refusal import Refusal
from domain.role_names import ROLES as KNOWN
from domain.role_names import Role
from domain.visibility import SEE_ALL

PRIVATE = "Addresses and tokens are shown to `ledger_admin` and to the person alone, and are null for others."


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """A role: who may hold it, which actions and which accesses it is enough for."""

    role: str
    kind: PersonKind
    about: str
    actions: tuple[str, ...]
    accesses: tuple[str, ...]
    sees_restricted: bool


class RoleList(msgspec.Struct, frozen=True, kw_only=True):
    """Every role there is."""

    roles: tuple[RoleView, ...]


async def list_people(call: Call) -> Response:
    """Return everybody in the directory."""
    decode_query(call.request, NoQuery)
    found = await call.service.read(all_people, call.service.engine, call.principal)
    return json_response(found, headers={"ETag": etag(found.version)})


async def read_person(call: Call) -> Response:
    """Return one person."""
    decode_query(call.request, NoQuery)
    found = await call.service.read(one_person, call.service.engine, call.path("principal"), call.principal)
    if isinstance(found, Refusal):
        raise of_refusal(found)
    return json_response(found)


async def list_roles(call: Call) -> Response:
    """Return the roles and what each may do, from the tables that decide it."""
    decode_query(call.request, NoQuery)
    return json_response(RoleList(roles=tuple(_role(name, about) for name, about in KNOWN.items())))


def _role(role: str, about: Role) -> RoleView:
    actions = {**AUTHORITY, **ADMINISTRATION}
    return RoleView(
        role=role,
        kind=about.kind,
        about=about.about,
        actions=tuple(action for action, allowed in actions.items() if role in allowed),
        accesses=tuple(access for access, allowed in ACCESS.items() if role in allowed),
        sees_restricted=role in SEE_ALL,
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/people",
        handler=list_people,
        name="listPeople",
        summary="Everybody in the directory, with the roles they hold and who granted them.",
        tag="people",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="Everybody who is or was here.", kind=PeopleView, headers=("ETag",))},
        text=PRIVATE,
    ),
    Route(
        method="GET",
        path="/v1/people/{principal}",
        handler=read_person,
        name="readPerson",
        summary="One person.",
        tag="people",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The person.", kind=PersonView)},
        problems=("NOT_FOUND", "PERSON_UNKNOWN", "PERSON_AMBIGUOUS"),
        text=PRIVATE,
    ),
    *people_changes.ROUTES,
    Route(
        method="GET",
        path="/v1/roles",
        handler=list_roles,
        name="listRoles",
        summary="Every role: who may hold it and what it may do.",
        tag="people",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The roles.", kind=RoleList)},
    ),
)
