"""Schemathesis against the application: whatever it sends, the service answers as its description says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from api.app import ROUTES, create_app
from api.limits import Limits
from api.openapi import documented
from api.routes import Route
from consumers.webhook import SOURCES
from domain.refusal import REFUSALS
from tests.support.engines import ADMIN, COMMANDER, INTAKE, TOKENS, engine_in

load_all_checks()
DATA = ("negative_data_rejection", "positive_data_acceptance")
ON_DATA: Any = [CHECKS.get_one(name) for name in DATA]
EXAMPLES = min(settings().max_examples // 6, 100)
ENDLESS = "/v1/stream"

# Explained here, not in the service: a delivery is taken whatever it holds, and what cannot be read is
# recorded as rejected (422), so neither of the checks on data applies to it.
TOLERANT = "signals"

WHO = {TOLERANT: INTAKE, "people": ADMIN}
"""Tag -> who asks, where it is not the commander."""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with engine_in(tmp_path_factory.mktemp("schemathesis") / "home") as engine:
        # Nobody publishes here, and a busy machine takes minutes: readiness must not depend on how long.
        limits = Limits(published_seconds=0.05, behind_seconds=3_600.0)
        app = create_app(engine, TOKENS, sources=SOURCES, version="0", limits=limits)
        yield schemathesis.openapi.from_asgi("/openapi.json", app)


def _cases() -> Iterator[Any]:
    for route in ROUTES:
        if route.path != ENDLESS:
            yield pytest.param(route, schemathesis.GenerationMode.POSITIVE, id=f"{route.name}-right")
        # Where nothing goes in, nothing can be wrong with it.
        if route.path != ENDLESS and (route.query or route.body or "{" in route.path):
            yield pytest.param(route, schemathesis.GenerationMode.NEGATIVE, id=f"{route.name}-wrong")


def _no_matter_of_form(response: Any) -> bool:
    """Return whether a request of the right form was refused for what it says: the rules or a version."""
    if response.status_code < 400:
        return False
    code = response.json()["code"]
    return code in REFUSALS or code == "PRECONDITION_FAILED"


@pytest.mark.req("R-SVC-12")
@pytest.mark.parametrize(("route", "mode"), list(_cases()))
def test_every_answer_is_as_described(
    described: Any, route: Route, mode: schemathesis.GenerationMode
) -> None:
    tolerant = route.tag == TOLERANT
    headers = {"Authorization": f"Bearer {WHO.get(route.tag, COMMANDER)}"}
    operation = described[documented(route.path)][route.method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    def every_answer_fits(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers=headers)
        excluded = ON_DATA if tolerant or _no_matter_of_form(response) else []
        if route.name == "exportIncident" and response.status_code == 503:
            # Nobody publishes here, and an export is made under a published checkpoint.
            excluded = [*excluded, CHECKS.get_one("not_a_server_error")]
        case.validate_response(response, excluded_checks=excluded, headers=headers)

    every_answer_fits()
