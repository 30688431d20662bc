"""Zabbix' webhook: the media type that the page has people import is the one that is read."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.message import Message
from consumers.payload import DecodeError
from consumers.zabbix import FORMAT, SEVERITIES, decode
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.json_values import anything, objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES
from tests.support.tools import tool
from tests.support.tree import ROOT

RECEIVED = "2026-03-01T02:15:00.000000Z"

PROBLEM: dict[str, Any] = {
    "ZABBIX.URL": "https://zabbix.example/",
    "EVENT.SOURCE": "0",
    "EVENT.ID": "4711",
    "EVENT.VALUE": "1",
    "EVENT.TIMESTAMP": "1772331000",
    "EVENT.NAME": "Disk of db-1 is full",
    "EVENT.NSEVERITY": "4",
    "EVENT.OPDATA": "99 %",
    "EVENT.TAGS": "service:checkout, scope:capacity",
    "EVENT.TAGSJSON": '[{"tag":"service","value":"checkout"},{"tag":"scope","value":"capacity"}]',
    "EVENT.RECOVERY.ID": "{EVENT.RECOVERY.ID}",
    "EVENT.RECOVERY.TIMESTAMP": "{EVENT.RECOVERY.TIMESTAMP}",
    "EVENT.UPDATE.STATUS": "0",
    "EVENT.UPDATE.ACTION": "*UNKNOWN*",
    "EVENT.UPDATE.MESSAGE": "{EVENT.UPDATE.MESSAGE}",
    "EVENT.UPDATE.TIMESTAMP": "{EVENT.UPDATE.TIMESTAMP}",
    "USER.FULLNAME": "{USER.FULLNAME}",
    "TRIGGER.ID": "20411",
    "TRIGGER.NAME": "Disk is full",
    "TRIGGER.DESCRIPTION": "Look at the logs first.",
    "TRIGGER.URL": "",
    "TRIGGER.HOSTGROUP.NAME": "Databases",
    "HOST.HOST": "db-1",
    "HOST.NAME": "Database 1",
    "HOST.IP": "192.0.2.7",
}
OLDER = {"EVENT.TIMESTAMP": "{EVENT.TIMESTAMP}"}
UPDATE = {
    "EVENT.UPDATE.STATUS": "1",
    "EVENT.UPDATE.ACTION": "acknowledged and commented",
    "EVENT.UPDATE.MESSAGE": "looking",
    "EVENT.UPDATE.TIMESTAMP": "1772331060",
    "USER.FULLNAME": "Ada (ada)",
}


def message(body: object, received_at: str = RECEIVED) -> Message:
    """Return a message with ``body`` as JSON, unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(body=data, received_at=received_at)


def told(changes: dict[str, Any] | None = None, received_at: str = RECEIVED) -> Signal:
    """Return the signal of the usual problem with ``changes``."""
    delivery = decode(message({**PROBLEM, **(changes or {})}, received_at), "zabbix")
    (signal,) = delivery.signals
    assert (delivery.remarks, delivery.rejected) == ((), ())
    return signal


def labels(**changes: object) -> dict[str, str]:
    """Return the labels of a problem with changes of members whose names have _ for a point."""
    return dict(told({name.replace("_", "."): value for name, value in changes.items()}).labels)


def refused(body: object) -> Rejected:
    """Return why a message is refused."""
    with pytest.raises(DecodeError) as caught:
        decode(message(body), "zabbix")
    return caught.value.rejected


def media_type() -> dict[str, Any]:
    """Return the media type that the page prints."""
    page = (ROOT / "docs" / "signals" / "zabbix.md").read_text()
    (printed,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (found,) = yaml.safe_load(printed)["zabbix_export"]["media_types"]
    return dict(found)


def parameters() -> dict[str, str]:
    """Return the parameters of the media type."""
    return {row["name"]: row["value"] for row in media_type()["parameters"]}


def test_the_media_type_sends_what_is_read_under_the_names_of_its_macros() -> None:
    named = {name: value for name, value in parameters().items() if not name.startswith("tallystick_")}
    assert named.keys() == PROBLEM.keys()
    assert {name for name, value in named.items() if value != f"{{{name}}}"} == {"ZABBIX.URL"}
    assert named["ZABBIX.URL"] == "{$ZABBIX.URL}"


def test_the_script_sends_all_but_the_token_and_fails_where_nothing_was_recorded() -> None:
    node = tool("node", "nodejs")
    given = {"tallystick_url": "https://there.example", "tallystick_token": "KEY", **PROBLEM}
    around = """
        const sent = {headers: []};
        class HttpRequest {
            addHeader(text) { sent.headers.push(text); }
            post(url, body) { Object.assign(sent, {url, body}); return "no"; }
            getStatus() { return STATUS; }
        }
        let said;
        try { said = new Function("value", "HttpRequest", SCRIPT)(VALUE, HttpRequest); }
        catch (error) { said = error; }
        console.log(JSON.stringify({...sent, said}));
    """

    def run(status: int) -> dict[str, Any]:
        values = {"STATUS": status, "SCRIPT": media_type()["script"], "VALUE": json.dumps(given)}
        head = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        ran = subprocess.run(
            [node, "-e", head + around], capture_output=True, text=True, check=True, timeout=60
        )
        return dict(json.loads(ran.stdout))

    sent = run(200)
    assert (sent["url"], sent["said"]) == ("https://there.example", "OK")
    assert "Authorization: Bearer KEY" in sent["headers"]
    assert json.loads(sent["body"]) == PROBLEM
    assert run(422)["said"] == "Tallystick: 422 no"


def test_a_problem_is_read_whole() -> None:
    assert decode(message(PROBLEM), "zabbix") == Delivery(
        source="zabbix",
        format=FORMAT,
        group="db-1",
        signals=(
            Signal(
                source="zabbix",
                fingerprint="20411",
                fingerprint_from="sender",
                status="firing",
                starts_at="2026-03-01T02:10:00Z",
                ends_at=None,
                labels=(
                    ("alertname", "Disk is full"),
                    ("host", "Database 1"),
                    ("host_ip", "192.0.2.7"),
                    ("hostgroup", "Databases"),
                    ("scope", "capacity"),
                    ("service", "checkout"),
                    ("severity", "high"),
                ),
                annotations=(
                    ("description", "Look at the logs first."),
                    ("event_id", "4711"),
                    ("opdata", "99 %"),
                    ("summary", "Disk of db-1 is full"),
                ),
                generator_url="https://zabbix.example/tr_events.php?triggerid=20411&eventid=4711",
                group="db-1",
            ),
        ),
    )


def test_the_end_has_the_start_of_its_problem_and_its_own_time() -> None:
    end = told({"EVENT.VALUE": "0", "EVENT.RECOVERY.ID": "4712", "EVENT.RECOVERY.TIMESTAMP": "1772331600"})
    assert (end.status, end.starts_at, end.ends_at) == (
        "resolved",
        "2026-03-01T02:10:00Z",
        "2026-03-01T02:20:00Z",
    )
    assert dict(end.annotations)["recovery_event_id"] == "4712"
    assert effects([told(), told(), end]) == ["open", "again", "clear"]


def test_while_a_problem_lasts_its_end_is_not_read() -> None:
    assert told({"EVENT.RECOVERY.TIMESTAMP": "later"}).ends_at is None


def test_an_older_zabbix_has_one_episode_until_the_end() -> None:
    times = (f"2026-03-01T02:1{minute}:00.000000Z" for minute in range(4))
    first, again = (told(OLDER, next(times)) for _ in range(2))
    end = told({**OLDER, "EVENT.VALUE": "0"}, next(times))
    assert (first.starts_at, first.episode_from, end.ends_at) == (
        "2026-03-01T02:10:00.000000Z",
        "state",
        None,
    )
    assert effects([first, again, end, told(OLDER, next(times))]) == ["open", "again", "clear", "open"]


def test_numbers_are_read_as_they_are_written() -> None:
    signal = told({"EVENT.VALUE": 1, "EVENT.ID": 4711, "TRIGGER.ID": 20411, "EVENT.TIMESTAMP": 1772331000})
    assert signal == told()


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("acknowledged", "acknowledged"),
        ("acknowledged and commented", "acknowledged"),
        ("unacknowledged", "updated"),
        ("suppressed until 2026-03-02 00:00:00", "silenced"),
        ("unsuppressed", "unsilenced"),
        ("changed severity from High to Warning", "updated"),
        ("*UNKNOWN*", "updated"),
        (None, "updated"),
    ],
)
def test_what_somebody_does_to_a_problem_is_a_remark(action: str | None, kind: str) -> None:
    delivery = decode(message({**PROBLEM, **UPDATE, "EVENT.UPDATE.ACTION": action}), "zabbix")
    assert (delivery.signals, delivery.group) == ((), "db-1")
    assert [(remark.kind, remark.at) for remark in delivery.remarks] == [(kind, "2026-03-01T02:11:00Z")]


def test_a_remark_says_who_did_what_as_far_as_that_is_told() -> None:
    assert decode(message({**PROBLEM, **UPDATE}), "zabbix").remarks == (
        Remark(
            source="zabbix",
            fingerprint="20411",
            kind="acknowledged",
            at="2026-03-01T02:11:00Z",
            text="Ada (ada): acknowledged and commented: looking",
        ),
    )
    bare = {**PROBLEM, "EVENT.UPDATE.STATUS": "1", "EVENT.VALUE": "0"}
    (remark,) = decode(message(bare), "zabbix").remarks
    assert (remark.at, remark.text) == (RECEIVED, None)


@pytest.mark.parametrize(
    "value",
    ["{HOST.NAME}", "{$HOST}", "{#FSNAME}", "{{HOST.NAME}.regsub(a,b)}", "*UNKNOWN*", "", " ", None, {}, []],
)
def test_a_macro_that_was_not_expanded_counts_as_not_given(value: object) -> None:
    assert labels(HOST_NAME=value)["host"] == "db-1"


def test_text_with_braces_is_no_macro() -> None:
    assert labels(HOST_NAME="db {HOST.NAME}")["host"] == "db {HOST.NAME}"


def test_the_severity_is_zabbix_own_name_of_the_number() -> None:
    assert [labels(EVENT_NSEVERITY=str(n))["severity"] for n in range(6)] == list(SEVERITIES)
    assert [RULES.severity.get(name) for name in SEVERITIES] == [
        None,
        None,
        "SEV-3",
        "SEV-3",
        "SEV-2",
        "SEV-1",
    ]
    for value in ("6", "-1", "high", "٣", "{EVENT.NSEVERITY}"):
        assert "severity" not in labels(EVENT_NSEVERITY=value)


def test_information_joins_an_incident_and_opens_none() -> None:
    assert effects([told({"EVENT.NSEVERITY": "1"})]) == ["join"]


def test_tags_win_under_their_own_names_and_of_several_with_one_name_the_first() -> None:
    tags = [("host", "h"), ("severity", "page"), ("a", "1"), ("a", "2"), ("no value", ""), ("", "x")]
    found = labels(EVENT_TAGSJSON=json.dumps([{"tag": name, "value": value} for name, value in tags]))
    assert (found["host"], found["severity"], found["a"]) == ("h", "page", "1")
    assert not {"no value", "", "service"} & found.keys()


@pytest.mark.parametrize("tags", [None, "{EVENT.TAGSJSON}", "[", "7", {}, "[" * 100_000])
def test_without_tags_as_json_their_text_is_read(tags: object) -> None:
    found = labels(EVENT_TAGSJSON=tags, EVENT_TAGS="service:a:b, service:c, env:prod,alone")
    assert (found["service"], found["env"]) == ("a:b", "prod")
    assert "alone" not in found


def test_tags_may_be_json_itself() -> None:
    assert labels(EVENT_TAGSJSON=[{"tag": "service", "value": "x"}, 7, {"tag": []}])["service"] == "x"


def test_the_link_is_the_triggers_own_or_that_of_the_event() -> None:
    assert told({"TRIGGER.URL": "https://wiki.example/disk"}).generator_url == "https://wiki.example/disk"
    assert told({"ZABBIX.URL": "{$ZABBIX.URL}"}).generator_url is None


def test_without_a_host_there_is_no_group() -> None:
    delivery = decode(message({**PROBLEM, "HOST.HOST": None, "HOST.NAME": None}), "zabbix")
    assert (delivery.group, delivery.signals[0].group) == (None, "")


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"TRIGGER.ID": "{TRIGGER.ID}"}, "wrong-shape", "TRIGGER.ID", '"{TRIGGER.ID}"'),
        ({"TRIGGER.ID": None}, "wrong-shape", "TRIGGER.ID", "nothing"),
        ({"TRIGGER.ID": "*UNKNOWN*"}, "wrong-shape", "TRIGGER.ID", '"*UNKNOWN*"'),
        ({"TRIGGER.ID": 10**30}, "wrong-shape", "TRIGGER.ID", str(10**30)),
        ({"TRIGGER.ID": ["1"]}, "wrong-shape", "TRIGGER.ID", "an array"),
        ({"EVENT.ID": "x"}, "wrong-shape", "EVENT.ID", '"x"'),
        ({"EVENT.VALUE": "2"}, "status-unknown", "EVENT.VALUE", '"2"'),
        ({"EVENT.VALUE": True}, "status-unknown", "EVENT.VALUE", "true"),
        ({"EVENT.VALUE": "{EVENT.VALUE}"}, "status-unknown", "EVENT.VALUE", '"{EVENT.VALUE}"'),
        ({"EVENT.UPDATE.STATUS": "2"}, "status-unknown", "EVENT.UPDATE.STATUS", '"2"'),
        ({"EVENT.SOURCE": "3"}, "source-unsupported", "EVENT.SOURCE", '"3"'),
        ({"EVENT.TIMESTAMP": "02:10:00"}, "time-invalid", "EVENT.TIMESTAMP", '"02:10:00"'),
        ({"EVENT.TIMESTAMP": "9" * 20}, "time-invalid", "EVENT.TIMESTAMP", "9" * 20),
        (
            {"EVENT.VALUE": "0", "EVENT.RECOVERY.TIMESTAMP": "x"},
            "time-invalid",
            "EVENT.RECOVERY.TIMESTAMP",
            '"x"',
        ),
        ({**UPDATE, "EVENT.UPDATE.TIMESTAMP": "x"}, "time-invalid", "EVENT.UPDATE.TIMESTAMP", '"x"'),
    ],
)
def test_what_is_no_problem_is_refused_with_its_place(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    rejected = refused({**PROBLEM, **changes})
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not-json"),
        (b"[]", "wrong-shape"),
        (b'{"EVENT.VALUE":NaN}', "not-json"),
        (b'{"EVENT.ID":"1","EVENT.ID":"2"}', "duplicate-key"),
        (b"[" * 100_000, "not-json"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str) -> None:
    rejected = refused(body)
    assert (rejected.reason_code, rejected.place) == (code, "$")


@settings(max_examples=200)
@given(objects_like({**PROBLEM, **UPDATE}) | objects_like(PROBLEM))
def test_whatever_comes_is_a_delivery_or_a_decode_error(body: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(message(body), "zabbix"), Delivery)


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(message(body), "zabbix"), Delivery)
