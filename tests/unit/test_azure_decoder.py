"""Azure Monitor's common alert schema: one alert a message, whatever kind of alert it is."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.azure import FORMAT, SCHEMA, decode
from consumers.condition import key_of
from consumers.payload import DecodeError
from domain import alert, facts
from domain.rules import route
from domain.signal import Delivery, Rejected, Signal
from tests.support.json_values import anything, objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES, Seals, context, received

# The publisher's own sample (MicrosoftDocs/azure-monitor-docs, alerts-payload-samples.md).
SAMPLE = rb"""{"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": {
"alertId": "/subscriptions/<subscription ID>/providers/Microsoft.AlertsManagement/alerts/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e",
"alertRule": "WCUS-R2-Gen2", "severity": "Sev3", "signalType": "Metric", "monitorCondition": "Resolved",
"monitoringService": "Platform",
"alertTargetIDs": ["/subscriptions/<subscription ID>/resourcegroups/pipelinealertrg/providers/microsoft.compute/virtualmachines/wcus-r2-gen2"],
"configurationItems": ["wcus-r2-gen2"],
"originAlertId": "3f2d4487-b0fc-4125-8bd5-7ad17384221e_PipeLineAlertRG_microsoft.insights_metricAlerts_WCUS-R2-Gen2_-117781227",
"firedDateTime": "2019-03-22T13:58:24.3713213Z", "resolvedDateTime": "2019-03-22T14:03:16.2246313Z",
"description": "", "essentialsVersion": "1.0", "alertContextVersion": "1.0"},
"alertContext": {"properties": null, "conditionType": "SingleResourceMultipleMetricCriteria",
"condition": {"windowSize": "PT5M", "allOf": [{"metricName": "Percentage CPU",
"metricNamespace": "Microsoft.Compute/virtualMachines", "operator": "GreaterThan", "threshold": "25",
"timeAggregation": "Average", "dimensions": [{"name": "ResourceId",
"value": "b1b1b1b1-cccc-dddd-eeee-f2f2f2f2f2f2"}], "metricValue": 7.727}]}}}}"""  # noqa: E501 - as published

TARGET = (
    "/subscriptions/<subscription ID>/resourcegroups/pipelinealertrg/providers/"
    "microsoft.compute/virtualmachines/wcus-r2-gen2"
)
ORIGIN = (
    "3f2d4487-b0fc-4125-8bd5-7ad17384221e_PipeLineAlertRG_microsoft.insights_"
    "metricAlerts_WCUS-R2-Gen2_-117781227"
)

ESSENTIALS: dict[str, Any] = {
    "alertId": "/subscriptions/1/providers/Microsoft.AlertsManagement/alerts/2",
    "alertRule": "checkout-latency",
    "severity": "Sev1",
    "signalType": "Metric",
    "monitorCondition": "Fired",
    "monitoringService": "Platform",
    "alertTargetIDs": ["/subscriptions/1/a", "/subscriptions/1/b"],
    "configurationItems": ["a", "b"],
    "firedDateTime": "2026-03-01T02:10:00.1234567Z",
    "description": "p99 above 2 s",
    "investigationLink": "https://portal.azure.com/#view/x",
}
ENDED = {"monitorCondition": "Resolved", "resolvedDateTime": "2026-03-01T02:20:00Z"}
CRITERION: dict[str, Any] = {
    "metricName": "HttpResponseTime",
    "operator": "GreaterThan",
    "threshold": "2",
    "metricValue": 2.31,
    "dimensions": [{"name": "Instance", "value": "checkout-1"}],
}
CONTEXT: dict[str, Any] = {
    "conditionType": "SingleResourceMultipleMetricCriteria",
    "properties": {"team": "shop"},
    "condition": {"allOf": [CRITERION]},
}
CUSTOM = {"service": "checkout", "environment": "production"}


def body_of(essentials: object, context: object = CONTEXT, custom: object = CUSTOM) -> bytes:
    """Return a message's body."""
    data = {"essentials": essentials, "alertContext": context, "customProperties": custom}
    return json.dumps({"schemaId": SCHEMA, "data": data}).encode()


def only(changes: dict[str, Any], context: object = CONTEXT, custom: object = CUSTOM) -> Signal:
    """Return the one signal of the usual essentials with changes."""
    delivery = decode(body_of({**ESSENTIALS, **changes}, context, custom), "azure")
    (signal,) = delivery.signals
    return signal


def refused(body: bytes) -> Rejected:
    """Return why a body is refused."""
    with pytest.raises(DecodeError) as caught:
        decode(body, "azure")
    return caught.value.rejected


def test_the_publishers_sample_is_read_whole() -> None:
    assert decode(SAMPLE, "azure") == Delivery(
        source="azure",
        format=FORMAT,
        signals=(
            Signal(
                source="azure",
                fingerprint="/subscriptions/<subscription id>/providers/microsoft.alertsmanagement/alerts/"
                "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e",
                fingerprint_from="sender",
                status="resolved",
                starts_at="2019-03-22T13:58:24.3713213Z",
                ends_at="2019-03-22T14:03:16.2246313Z",
                labels=(
                    ("ResourceId", "b1b1b1b1-cccc-dddd-eeee-f2f2f2f2f2f2"),
                    ("alertname", "WCUS-R2-Gen2"),
                    ("azure_severity", "Sev3"),
                    ("configurationItems", "wcus-r2-gen2"),
                    ("monitoringService", "Platform"),
                    ("severity", "info"),
                    ("signalType", "Metric"),
                ),
                annotations=(
                    ("alertTargetIDs", TARGET),
                    ("criteria", "Percentage CPU GreaterThan 25 (7.727)"),
                    ("originAlertId", ORIGIN),
                    ("summary", "WCUS-R2-Gen2"),
                ),
            ),
        ),
    )


def test_an_alert_fires_is_repeated_and_ends() -> None:
    assert effects([only({}), only({}), only(ENDED)]) == ["open", "again", "clear"]


def test_where_an_id_names_a_rule_each_firing_is_an_episode() -> None:
    later = {"firedDateTime": "2026-03-01T03:10:00Z"}
    assert effects([only({}), only(later)]) == ["open", "open"]


def test_an_id_is_the_same_in_upper_and_lower_case() -> None:
    shouted = only({"alertId": str(ESSENTIALS["alertId"]).upper()})
    assert shouted.fingerprint == only({}).fingerprint


def test_an_id_that_is_too_long_is_its_hash() -> None:
    found = only({"alertId": "/X" * 200}).fingerprint
    assert found == key_of("/x" * 200)
    assert len(found) == 64


@pytest.mark.parametrize(
    ("severity", "word", "level"),
    [
        ("Sev0", "critical", "SEV-1"),
        ("Sev1", "error", "SEV-2"),
        ("sev2", "warning", "SEV-3"),
        ("Sev3", "info", None),
        ("Sev4", "info", None),
        ("Odd", "Odd", None),
    ],
)
def test_a_severity_is_the_word_that_azure_has_for_it(severity: str, word: str, level: str | None) -> None:
    found = only({"severity": severity})
    assert (dict(found.labels)["severity"], dict(found.labels)["azure_severity"]) == (word, severity)
    assert route(found, RULES).severity_hint == level


def test_informational_alerts_open_nothing_by_the_default_rules() -> None:
    assert route(only({"severity": "Sev3"}), RULES).action == "join"
    assert route(only({"severity": "Sev2"}), RULES).action == "open"


def test_what_people_gave_the_rule_wins() -> None:
    context = {**CONTEXT, "properties": {"service": "old", "Instance": "mine"}}
    labels = dict(only({}, context, {"service": "checkout", "severity": "critical", "size": 3}).labels)
    assert (labels["service"], labels["Instance"], labels["severity"]) == ("checkout", "mine", "critical")
    assert labels["size"] == "3"
    assert route(only({}), RULES).service == "checkout"


def test_a_rule_of_prometheus_brings_its_own_labels_and_annotations() -> None:
    context = {
        "expression": "sql_up > 0",
        "labels": {"alertname": "SqlDown", "severity": "warning"},
        "annotations": {"summary": "alert on SQL availability"},
    }
    found = only({}, context, None)
    assert (dict(found.labels)["alertname"], dict(found.labels)["severity"]) == ("SqlDown", "warning")
    annotations = dict(found.annotations)
    assert (annotations["summary"], annotations["criteria"]) == ("alert on SQL availability", "sql_up > 0")


def test_the_event_of_an_activity_log_alert_is_no_label() -> None:
    context = {"caller": "somebody", "properties": {"service": "Azure Synapse Analytics"}}
    found = only({"signalType": "Activity Log"}, context, None)
    assert "service" not in dict(found.labels)
    assert "somebody" not in repr(found)


def test_by_what_a_query_was_split_are_labels_and_the_first_of_a_name_counts() -> None:
    two = {**CRITERION, "dimensions": [{"name": "Instance", "value": "other"}, {"name": "x", "value": "y"}]}
    labels = dict(only({}, {**CONTEXT, "condition": {"allOf": [CRITERION, two]}}).labels)
    assert (labels["Instance"], labels["x"]) == ("checkout-1", "y")
    older = {"Dimensions": [{"name": "Computer", "value": "c1"}]}
    assert dict(only({}, older).labels)["Computer"] == "c1"


def test_what_was_measured_is_told_in_words() -> None:
    query = {"searchQuery": "Heartbeat", "operator": "LowerThan", "threshold": "1"}
    context = {"condition": {"allOf": [CRITERION, {}, 7, query]}}
    words = "HttpResponseTime GreaterThan 2 (2.31); Heartbeat LowerThan 1"
    assert dict(only({}, context).annotations)["criteria"] == words


def test_the_title_is_the_description_or_else_the_rule() -> None:
    assert dict(only({}).annotations)["summary"] == "p99 above 2 s"
    assert dict(only({"description": None}).annotations)["summary"] == "checkout-latency"


def test_a_budget_has_no_rule_and_is_named_by_what_watches_it() -> None:
    found = only({"alertRule": None, "severity": None, "monitoringService": "CostAlerts"})
    assert dict(found.labels)["alertname"] == "CostAlerts"
    assert "severity" not in dict(found.labels)


def test_several_targets_are_told_in_one_text_and_the_link_is_azures() -> None:
    found = only({"alertRuleId": "/rules/1"})
    assert dict(found.labels)["configurationItems"] == "a, b"
    assert dict(found.annotations)["alertTargetIDs"] == "/subscriptions/1/a, /subscriptions/1/b"
    assert dict(found.annotations)["alertRuleId"] == "/rules/1"
    assert dict(only({"alertRuleID": "/rules/2"}).annotations)["alertRuleId"] == "/rules/2"
    assert (found.generator_url, found.group) == ("https://portal.azure.com/#view/x", "")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-03-01T02:10:00.1234567Z", "2026-03-01T02:10:00.1234567Z"),
        ("2026-03-01T02:10:00.1234567", "2026-03-01T02:10:00.1234567Z"),
        ("2026-03-01T02:10:00+00:00", "2026-03-01T02:10:00+00:00"),
    ],
)
def test_times_stay_as_written_and_are_in_utc_where_they_do_not_say(written: str, kept: str) -> None:
    assert only({"firedDateTime": written}).starts_at == kept


@pytest.mark.parametrize("written", [None, ""])
def test_an_end_that_is_not_told_is_not_invented(written: str | None) -> None:
    assert only({"monitorCondition": "Resolved", "resolvedDateTime": written}).ends_at is None
    assert only({"resolvedDateTime": "late"}).ends_at is None


@pytest.mark.parametrize("odd", [None, 7, "x", [], [7], {"condition": {"allOf": [{"dimensions": [7]}]}}])
def test_what_identifies_nothing_is_read_as_far_as_it_goes(odd: object) -> None:
    found = only({"severity": odd, "configurationItems": odd, "alertTargetIDs": odd}, odd, odd)
    assert dict(found.labels)["alertname"] == "checkout-latency"


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"alertId": None}, "wrong-shape", "alertId", "nothing"),
        ({"alertId": " "}, "wrong-shape", "alertId", "an empty one"),
        ({"alertId": 10**30}, "wrong-shape", "alertId", str(10**30)),
        ({"monitorCondition": "fired"}, "status-unknown", "monitorCondition", '"fired"'),
        ({"monitorCondition": None}, "status-unknown", "monitorCondition", "nothing"),
        ({"firedDateTime": None}, "wrong-shape", "firedDateTime", "nothing"),
        ({"firedDateTime": "3/22/2019 1:36:31 PM"}, "time-invalid", "firedDateTime", "3/22/2019 1:36:31 PMZ"),
        ({**ENDED, "resolvedDateTime": 7}, "wrong-shape", "resolvedDateTime", "7"),
    ],
)
def test_a_rejection_names_place_and_what_was_found(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    rejected = refused(body_of({**ESSENTIALS, **changes}))
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, f"data.essentials.{place}", found)


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "not-json", "$"),
        (b"[]", "wrong-shape", "$"),
        (b"{}", "schema-unsupported", "schemaId"),
        (b'{"schemaId":"AzureMonitorMetricAlert","data":{}}', "schema-unsupported", "schemaId"),
        (b'{"schemaId":"azureMonitorCommonAlertSchema"}', "wrong-shape", "data"),
        (b'{"schemaId":"azureMonitorCommonAlertSchema","data":{}}', "wrong-shape", "data.essentials"),
        (b'{"schemaId":"azureMonitorCommonAlertSchema","schemaId":""}', "duplicate-key", "$"),
        (b'{"schemaId":NaN}', "not-json", "$"),
        (b"[" * 100_000, "not-json", "$"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str, place: str) -> None:
    rejected = refused(body)
    assert (rejected.reason_code, rejected.place) == (code, place)


@settings(max_examples=200)
@given(
    objects_like({**ESSENTIALS, **ENDED}) | objects_like(ESSENTIALS),
    objects_like(CONTEXT) | st.builds(lambda item: {"condition": {"allOf": [item]}}, objects_like(CRITERION)),
    anything() | objects_like(CUSTOM),
)
def test_whatever_comes_is_a_delivery_or_a_decode_error(
    essentials: dict[str, Any], about: dict[str, Any], custom: object
) -> None:
    with contextlib.suppress(DecodeError):
        for signal in decode(body_of(essentials, about, custom), "azure").signals:
            for fact in Seals().fact(alert.decide(alert.NOTHING, received(signal), context())):
                data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
                assert facts.decode(facts.type_name(fact), data) == fact


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(body, "azure"), Delivery)
