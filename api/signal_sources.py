"""What each monitoring tool sends, as the description of the API shows it: one row a source, with examples.

`consumers` decodes what comes; whatever is not described here is ignored, not refused.
"""

from __future__ import annotations

from api.signal_messages import AlertmanagerMessage, SourceRow

ROWS: tuple[SourceRow, ...] = (
    SourceRow(
        name="alertmanager",
        title="Alertmanager",
        kind=AlertmanagerMessage,
        examples={
            "firing": {
                "version": "4",
                "groupKey": '{}:{alertname="HighLatency"}',
                "status": "firing",
                "truncatedAlerts": 0,
                "alerts": [
                    {
                        "status": "firing",
                        "labels": {"alertname": "HighLatency", "service": "checkout", "severity": "critical"},
                        "annotations": {"summary": "p99 above 2 s"},
                        "startsAt": "2026-03-01T02:10:00.123456789Z",
                        "endsAt": "0001-01-01T00:00:00Z",
                    }
                ],
            }
        },
    ),
    SourceRow(
        name="sns",
        title="Amazon SNS (CloudWatch alarms)",
        examples={
            "alarm": {
                "Type": "Notification",
                "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                "TopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
                "Subject": "ALARM: QueueOld",
                "Message": (
                    '{"AlarmName": "QueueOld", "NewStateValue": "ALARM", "OldStateValue": "OK",'
                    ' "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:QueueOld",'
                    ' "NewStateReason": "Threshold crossed",'
                    ' "StateChangeTime": "2026-03-01T02:10:00.123+0000"}'
                ),
                "Timestamp": "2026-03-01T02:10:01.000Z",
            }
        },
    ),
    SourceRow(
        name="google",
        title="Google Cloud Monitoring",
        examples={
            "open": {
                "version": "1.2",
                "incident": {
                    "incident_id": "0.mtdi83m6w8ao",
                    "state": "open",
                    "started_at": 1772331000,
                    "ended_at": None,
                    "policy_name": "Checkout is slow",
                    "policy_user_labels": {"service": "checkout", "severity": "critical"},
                    "summary": "p99 is above 2 s",
                },
            }
        },
    ),
    SourceRow(
        name="datadog",
        title="Datadog",
        examples={
            "triggered": {
                "alert_id": "1234",
                "alert_scope": "service:checkout",
                "alert_transition": "Triggered",
                "alert_priority": "P1",
                "alert_title": "[Triggered on {service:checkout}] Checkout is slow",
                "date": "1772331000000",
                "tags": "service:checkout,env:production",
            }
        },
    ),
    SourceRow(
        name="cloudevents",
        title="whatever speaks CloudEvents",
        media="application/cloudevents+json",
        examples={
            "firing": {
                "specversion": "1.0",
                "id": "A234-1234-1234",
                "source": "/checks/disk",
                "subject": "db-1",
                "type": "com.example.disk.state",
                "time": "2026-03-01T02:10:00Z",
                "data": {
                    "state": "firing",
                    "labels": {"alertname": "DiskFull", "service": "database", "severity": "critical"},
                    "annotations": {"summary": "95 % used"},
                },
            }
        },
    ),
    SourceRow(
        name="generic",
        title="a program of your own",
        examples={
            "firing": {
                "condition": "db-1/disk",
                "state": "firing",
                "starts_at": "2026-03-01T02:10:00Z",
                "labels": {"alertname": "DiskFull", "service": "database", "severity": "critical"},
                "annotations": {"summary": "95 % used"},
            }
        },
    ),
    SourceRow(
        name="sentry",
        title="Sentry",
        examples={
            "triggered": {
                "action": "triggered",
                "data": {
                    "triggered_rule": "Checkout fails",
                    "event": {
                        "issue_id": "1117540176",
                        "datetime": "2026-03-01T02:10:00.677000Z",
                        "level": "error",
                        "title": "PaymentError: no answer",
                        "tags": [["environment", "production"]],
                    },
                },
            }
        },
    ),
    SourceRow(
        name="zabbix",
        title="Zabbix",
        examples={
            "problem": {
                "EVENT.ID": "4711",
                "EVENT.VALUE": "1",
                "EVENT.TIMESTAMP": "1772331000",
                "EVENT.NAME": "Checkout is slow",
                "EVENT.NSEVERITY": "4",
                "EVENT.TAGS": "service:checkout, environment:production",
                "TRIGGER.ID": "20411",
                "HOST.HOST": "shop-1",
            }
        },
    ),
    SourceRow(
        name="nagios",
        title="Nagios",
        media="application/x-www-form-urlencoded",
        examples={
            "problem": {
                "NOTIFICATIONTYPE": "PROBLEM",
                "TIMET": "1772331000",
                "HOSTNAME": "shop-1",
                "SERVICEDESC": "Checkout HTTP",
                "SERVICESTATE": "CRITICAL",
                "SERVICESTATETYPE": "HARD",
                "SERVICEOUTPUT": "CRITICAL - 2.4 s",
                "service": "checkout",
            }
        },
    ),
    SourceRow(
        name="otlp",
        title="OpenTelemetry logs",
        examples={
            "error": {
                "resourceLogs": [
                    {
                        "resource": {
                            "attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]
                        },
                        "scopeLogs": [
                            {
                                "logRecords": [
                                    {
                                        "timeUnixNano": "1772331000123456789",
                                        "severityNumber": 17,
                                        "eventName": "payment.provider_unreachable",
                                    }
                                ]
                            }
                        ],
                    }
                ]
            }
        },
    ),
    SourceRow(
        name="pagerduty",
        title="whatever sends events to PagerDuty",
        examples={
            "trigger": {
                "event_action": "trigger",
                "dedup_key": "db-1/disk",
                "payload": {
                    "summary": "Disk of db-1 is 95 % full",
                    "source": "db-1",
                    "severity": "critical",
                    "timestamp": "2026-03-01T02:10:00.000+0000",
                    "class": "DiskFull",
                    "custom_details": {"service": "database", "environment": "production"},
                },
            }
        },
    ),
    SourceRow(
        name="alertmanager-events",
        title="Alertmanager's event recorder",
        examples={
            "alert_created": {
                "@timestamp": "2026-03-01T02:10:01.123456789Z",
                "instance": "alertmanager-1",
                "data": {
                    "alertCreated": {
                        "alert": {
                            "name": "HighLatency",
                            "labels": {
                                "alertname": "HighLatency",
                                "service": "checkout",
                                "severity": "critical",
                            },
                            "annotations": {"summary": "p99 above 2 s"},
                            "startsAt": "2026-03-01T02:10:00.123456789Z",
                        }
                    }
                },
            }
        },
    ),
    SourceRow(
        name="grafana",
        title="Grafana",
        examples={
            "firing": {
                "version": "1",
                "groupKey": '{}/{}:{alertname="HighLatency"}',
                "status": "firing",
                "state": "alerting",
                "truncatedAlerts": 0,
                "alerts": [
                    {
                        "status": "firing",
                        "labels": {"alertname": "HighLatency", "service": "checkout", "severity": "critical"},
                        "annotations": {"summary": "p99 above 2 s"},
                        "startsAt": "2026-03-01T02:10:00.123456789Z",
                        "endsAt": "0001-01-01T00:00:00Z",
                        "fingerprint": "c4edaaf9f9f839b0",
                    }
                ],
            }
        },
    ),
    SourceRow(
        name="azure",
        title="Azure Monitor",
        examples={
            "fired": {
                "schemaId": "azureMonitorCommonAlertSchema",
                "data": {
                    "essentials": {
                        "alertId": "/subscriptions/11111111-1111-1111-1111-111111111111/providers/"
                        "Microsoft.AlertsManagement/alerts/22222222-2222-2222-2222-222222222222",
                        "alertRule": "checkout-latency",
                        "severity": "Sev1",
                        "signalType": "Metric",
                        "monitorCondition": "Fired",
                        "monitoringService": "Platform",
                        "configurationItems": ["checkout-1"],
                        "firedDateTime": "2026-03-01T02:10:00.1234567Z",
                    },
                    "customProperties": {"service": "checkout", "environment": "production"},
                },
            }
        },
    ),
)

CONFIGURED = SourceRow(
    name="configured",
    title="a tool that config/sources.yaml describes",
    examples={
        "firing": {
            "status": "CRIT",
            "since": 1772331000000,
            "check": {"id": 4711, "name": "DiskFull", "service": "database"},
        }
    },
)
"""What stands for all sources of a home's own; what they send is theirs to say."""
