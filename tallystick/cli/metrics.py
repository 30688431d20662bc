"""``tallystick metrics``: the numbers people ask for, of one incident or over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, get_args

import typer

from api.incident_metrics import IncidentMetrics
from application.metrics import MetricsView, Which
from domain.classified import Severity
from projections.metrics.measured import Unit
from projections.metrics.reading import MetricSummary, MetricValue, Summary
from projections.units import duration
from tallystick.cli.completion import incidents
from tallystick.cli.desks import open_desk
from tallystick.cli.moments import instant_of, past
from tallystick.cli.options import HomeOption, JsonOption, TimeOption, VersionOption
from tallystick.cli.output import say, say_json, say_table

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def metrics(
    incident: Annotated[
        str | None,
        typer.Argument(
            metavar="[INCIDENT]",
            help="Number or stream; without it, all incidents together.",
            autocompletion=incidents,
        ),
    ] = None,
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only incidents opened then or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Only incidents opened before then.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", metavar="SEV", help="Only incidents that show this severity.")
    ] = None,
    drills: Annotated[
        bool, typer.Option("--drills", help="With drills, which are left out otherwise.")
    ] = False,
    at_version: VersionOption = None,
    at: TimeOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show what an incident measured, or incidents together.

    Times go by what people stated, and apart from that by when it was recorded, where something was reported
    late. Percentiles are by nearest rank.
    """
    if incident is None:
        if at_version is not None or at is not None:
            raise typer.BadParameter("expected an incident with --at-version or --at", param_hint="INCIDENT")
        which = _which(since, until, severity, drills=drills)
        with open_desk(home) as desk:
            together = desk.metrics_over(which)
        say_json(together) if json else say_together(together)
        return
    if drills or (since, until, severity) != (None, None, None):
        raise typer.BadParameter(
            "expected none of --from, --to, --severity and --drills with an incident", param_hint="INCIDENT"
        )
    with open_desk(home) as desk:
        one = desk.metrics(incident, past(at_version, at))
    say_json(one) if json else say_one(one)


def _which(since: str | None, until: str | None, severity: str | None, *, drills: bool) -> Which:
    named = next((known for known in SEVERITIES if known == severity), None)
    if named is None and severity is not None:
        raise typer.BadParameter(
            f"expected one of {', '.join(SEVERITIES)}, found {severity!r}", param_hint="--severity"
        )
    return Which(
        since=None if since is None else instant_of(since, "--from"),
        until=None if until is None else instant_of(until, "--to"),
        severity=named,
        drills=drills,
    )


def say_one(found: MetricsView) -> None:
    """Print what an incident measured, a line each."""
    say(f"{found.number} at version {found.version}")
    measured = [row for row in found.metrics if row.raw is not None]
    say_table(
        ("metric", "value", "by recorded time", "", "formula"),
        [
            (
                row.title,
                shown(row.unit, row.raw),
                "" if row.raw == row.recorded else shown(row.unit, row.recorded),
                "reported late" * row.reported_late,
                row.formula,
            )
            for row in measured
        ],
    )
    _say_rest(found.metrics, len(measured))


def say_together(found: IncidentMetrics) -> None:
    """Print what incidents measured together; what differs by recorded time, or was reported late, apart."""
    say(f"{found.incidents} incident{'' if found.incidents == 1 else 's'}")
    measured = [row for row in found.metrics if row.raw is not None]
    lines = [line for row in measured for line in _lines(row)]
    say_table(("metric", "", "count", "median", "p90", "p95", "max", "total", "formula"), lines)
    _say_rest(found.metrics, len(measured))


def _lines(row: MetricSummary) -> Sequence[tuple[str, ...]]:
    differing = None if row.recorded == row.raw else row.recorded
    series = (("", row.raw), ("by recorded time", differing), ("reported late", row.late))
    return [
        (row.title if not name else "", name, *_summary(row.unit, summary), row.formula if not name else "")
        for name, summary in series
        if summary is not None
    ]


def _summary(unit: Unit, found: Summary) -> tuple[str, ...]:
    places = (found.median, found.p90, found.p95, found.max)
    total = "" if unit == "seconds" else shown(unit, found.total)
    return (str(found.count), *(shown(unit, place) for place in places), total)


def _say_rest(rows: Sequence[MetricValue | MetricSummary], measured: int) -> None:
    if measured < len(rows):
        say(f"{len(rows) - measured} more have nothing to measure yet.")


def shown(unit: Unit, value: str | None) -> str:
    """Return a value in people's units."""
    if value is None:
        return ""
    match unit:
        case "seconds":
            return duration(int(Decimal(value) * 1000))
        case "ratio":
            return value.replace("/", " of ")
        case "count":
            return value
