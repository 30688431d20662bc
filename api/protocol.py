"""What incidents are judged by: the protocol, the policies that incidents pin, the plan templates."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from api.alerts import NoQuery
from api.problems import refused
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application.shelves import TemplateView, policy_file, templates
from projections.protocol_view import ProtocolView, protocol_view

YAML = "text/yaml; charset=utf-8"


class TemplateList(msgspec.Struct, frozen=True, kw_only=True):
    """The plan templates of this ledger, by name."""

    plans: tuple[TemplateView, ...]


async def read_protocol(call: Call) -> Response:
    """Return the protocol."""
    decode_query(call.request, NoQuery)
    return json_response(protocol_view())


async def read_policy(call: Call) -> Response:
    """Return the exact bytes of a policy."""
    decode_query(call.request, NoQuery)
    sha256 = call.path("sha256")
    data = await call.service.read(policy_file, call.service.engine, sha256)
    if data is None:
        raise refused(
            "NOT_FOUND",
            f"policy {sha256[:64]}: there is none",
            place="path",
            expected="the policy_sha256 of an incident or a verdict",
            found=sha256[:64],
        )
    return Response(data, media_type=YAML)


async def list_plans(call: Call) -> Response:
    """Return the plan templates."""
    decode_query(call.request, NoQuery)
    return json_response(TemplateList(plans=templates(call.service.engine)))


ROUTES = (
    Route(
        method="GET",
        path="/v1/protocol",
        handler=read_protocol,
        name="readProtocol",
        summary="The protocol as it is carried out: roles, states, steps, transitions, gates, actions.",
        tag="protocol",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The protocol.", kind=ProtocolView)},
    ),
    Route(
        method="GET",
        path="/v1/config/{sha256}",
        handler=read_policy,
        name="readPolicy",
        summary="A policy that incidents pin, as the exact bytes of its file.",
        tag="protocol",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The file.", media=YAML)},
        problems=("NOT_FOUND",),
        text="SHA-256 over these bytes is the name by which incidents and verdicts pin them.",
    ),
    Route(
        method="GET",
        path="/v1/plans",
        handler=list_plans,
        name="listPlans",
        summary="The plan templates, each with its variables.",
        tag="protocol",
        access="reader",
        query=NoQuery,
        answers={200: Answer(text="The templates.", kind=TemplateList)},
    ),
)
