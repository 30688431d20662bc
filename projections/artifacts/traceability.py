"""``traceability-matrix.json`` and ``.md``: from facts to artifacts to gates to who reads them (R-ART-51)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from msgspec import Struct

from domain.artifacts import TRACEABILITY, TRACEABILITY_PAGE
from domain.gates.facts import Gate
from domain.recorded import UnknownFact
from domain.sentences import SENTENCES
from projections.artifacts.banners import said_first
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.artifacts.transformations import Transformation, transformations
from projections.markdown import escape


class Fed(Struct, frozen=True, kw_only=True):
    """Facts of one type that an artifact is made of, and where the first and the last stand."""

    type: str
    count: int
    first_version: int
    last_version: int


class Trace(Struct, frozen=True, kw_only=True):
    """One artifact: from which facts, at which gate it counts, and who reads it."""

    artifact: str
    path: str
    step: str
    facts: tuple[Fed, ...]
    gate: Gate | None
    consumers: tuple[str, ...]


class TraceMetrics(Struct, frozen=True, kw_only=True):
    """How many artifacts are traced, and from how many types of facts."""

    artifacts: int
    fact_types: int


class TraceData(Struct, frozen=True, kw_only=True):
    """The matrix, and the transformations that the protocol names."""

    traces: tuple[Trace, ...]
    transformations: tuple[Transformation, ...]


def rows(traced: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the rows of the two forms of the matrix of the artifacts ``traced``."""
    return (
        Row(
            requirement="R-ART-38",
            name=TRACEABILITY,
            artifact_id="traceability-matrix",
            step="4.3",
            consumers=("18",),
            required=False,
            render=partial(_json, traced),
            metrics=TraceMetrics,
            data=TraceData,
        ),
        Row(
            requirement="R-ART-38",
            name=TRACEABILITY_PAGE,
            artifact_id="traceability-page",
            step="4.3",
            consumers=("18",),
            required=False,
            render=partial(_page, traced),
        ),
    )


def _json(traced: tuple[Row, ...], rendering: Rendering) -> Content:
    traces = tuple(_traces(traced, rendering))
    return Content(
        status=rendering.row.state,
        metrics=TraceMetrics(
            artifacts=len(traces),
            fact_types=len({fed.type for trace in traces for fed in trace.facts}),
        ),
        data=TraceData(traces=traces, transformations=transformations(rendering)),
    )


def _traces(traced: Iterable[Row], rendering: Rendering) -> Iterator[Trace]:
    """Yield the artifacts that facts of this incident belong to."""
    fed = tuple(_fed(rendering))
    for row in traced:
        facts = tuple(it for it, names in fed if row.name in names)
        if facts:
            yield Trace(
                artifact=row.name,
                path=row.path,
                step=row.step,
                facts=facts,
                gate=row.gate,
                consumers=row.consumers,
            )


def _fed(rendering: Rendering) -> Iterator[tuple[Fed, tuple[str, ...]]]:
    """Yield the types of facts, as they first occurred, with the artifacts that they belong to."""
    for kind, items in rendering.kinds.items():
        if kind is not UnknownFact:
            fed = Fed(
                type=items[0].type,
                count=len(items),
                first_version=items[0].version,
                last_version=items[-1].version,
            )
            yield fed, SENTENCES[kind].artifacts


def _page(traced: tuple[Row, ...], rendering: Rendering) -> Content:
    traces = tuple(_traces(traced, rendering))
    heading = f"# Traceability matrix: {rendering.row.heading}\n"
    parts = (heading, *said_first(rendering.row), *(line for trace in traces for line in _lines(trace)))
    return Content(status=rendering.row.state, metrics={"artifacts": len(traces)}, body="\n".join(parts))


def _lines(trace: Trace) -> Iterator[str]:
    yield f"## {escape(trace.path)}\n"
    read = ", ".join(trace.consumers) or "nobody outside"
    gate = "none" if trace.gate is None else trace.gate.replace("_", " ")
    yield f"- Step: {trace.step}\n- Gate: {gate}\n- Read by: {escape(read)}\n- Facts:"
    yield "\n".join(f"    - {_said(fed)}" for fed in trace.facts) + "\n"


def _said(fed: Fed) -> str:
    one = f"version {fed.first_version}"
    many = f"versions {fed.first_version} to {fed.last_version}"
    return f"{escape(fed.type)}: {fed.count}, {one if fed.count == 1 else many}"
