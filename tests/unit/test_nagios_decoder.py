"""Nagios' notifications: macros in a form or in JSON, and the commands that the page has people define."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.condition import hash_of
from consumers.message import Message
from consumers.nagios import FORMAT, REMARKS, decode
from consumers.payload import DecodeError
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.json_values import anything, objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES
from tests.support.tree import ROOT

RECEIVED = "2026-03-01T02:15:00.000000Z"
FORM = "application/x-www-form-urlencoded"

# The macros of the sample commands of nagioscore (commands.cfg.in), and those that tell times and states.
SERVICE: dict[str, Any] = {
    "NOTIFICATIONTYPE": "PROBLEM",
    "TIMET": "1772331000",
    "HOSTNAME": "shop-1",
    "HOSTALIAS": "Shop 1",
    "HOSTADDRESS": "192.0.2.7",
    "HOSTGROUPNAMES": "shops,linux",
    "SERVICEDESC": "Checkout HTTP",
    "SERVICESTATE": "CRITICAL",
    "SERVICESTATETYPE": "HARD",
    "SERVICEGROUPNAMES": "web",
    "LASTSERVICESTATECHANGE": "1772330940",
    "SERVICEPROBLEMID": "4711",
    "LASTSERVICEPROBLEMID": "4600",
    "SERVICEOUTPUT": "CRITICAL - 2.4 s & rising",
    "LONGSERVICEOUTPUT": "line two",
    "SERVICENOTESURL": "https://wiki.example/checkout",
    "NOTIFICATIONAUTHOR": "",
    "NOTIFICATIONCOMMENT": "$NOTIFICATIONCOMMENT$",
    "service": "checkout",
    "environment": "production",
}
HOST: dict[str, Any] = {
    "NOTIFICATIONTYPE": "PROBLEM",
    "TIMET": "1772331000",
    "HOSTNAME": "shop-1",
    "HOSTALIAS": "Shop 1",
    "HOSTADDRESS": "192.0.2.7",
    "HOSTGROUPNAMES": "shops,linux",
    "HOSTSTATE": "DOWN",
    "HOSTSTATETYPE": "HARD",
    "LASTHOSTSTATECHANGE": "1772330940",
    "HOSTPROBLEMID": "4712",
    "LASTHOSTPROBLEMID": "0",
    "HOSTOUTPUT": "CRITICAL - no answer",
    "LONGHOSTOUTPUT": "",
    "HOSTNOTESURL": "",
    "NOTIFICATIONAUTHOR": "",
    "NOTIFICATIONCOMMENT": "",
    "service": "checkout",
    "environment": "$_HOSTENVIRONMENT$",
}
OK: dict[str, Any] = {"NOTIFICATIONTYPE": "RECOVERY", "SERVICESTATE": "OK"}


def message(body: object, media: str | None = FORM, received_at: str = RECEIVED) -> Message:
    """Return a message: bytes as they are, else a form or, by its media type, JSON."""
    headers = {} if media is None else {"content-type": media}
    if isinstance(body, dict) and media == FORM:
        body = urlencode(body).encode()
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(body=data, headers=headers, received_at=received_at)


def told(usual: dict[str, Any] = SERVICE, **changes: object) -> Signal:
    """Return the signal of a notification with ``changes``."""
    delivery = decode(message({**usual, **changes}), "nagios")
    (signal,) = delivery.signals
    assert (delivery.remarks, delivery.rejected) == ((), ())
    return signal


def remarked(usual: dict[str, Any] = SERVICE, **changes: object) -> Remark:
    """Return the remark of a notification with ``changes``."""
    delivery = decode(message({**usual, **changes}), "nagios")
    (remark,) = delivery.remarks
    assert (delivery.signals, delivery.group) == ((), "shop-1")
    return remark


def refused(sent: Message) -> Rejected:
    """Return why a message is refused."""
    with pytest.raises(DecodeError) as caught:
        decode(sent, "nagios")
    return caught.value.rejected


def test_the_commands_on_the_page_send_what_is_read() -> None:
    page = (ROOT / "docs" / "signals" / "nagios.md").read_text()
    (printed,) = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for command, usual in zip(printed.split("define command")[1:], (SERVICE, HOST), strict=True):
        fields = re.findall(r'--data-urlencode "(\w+)=\$(\w+)\$"', command.split("define contact")[0])
        assert {name for name, _ in fields} == usual.keys()
        assert [name for name, macro in fields if name.isupper() and name != macro] == []


def test_a_problem_of_a_service_is_read_whole() -> None:
    assert decode(message(SERVICE), "nagios") == Delivery(
        source="nagios",
        format=FORMAT,
        group="shop-1",
        signals=(
            Signal(
                source="nagios",
                fingerprint=hash_of("service", "shop-1", "Checkout HTTP"),
                fingerprint_from="labels",
                status="firing",
                starts_at="2026-03-01T02:10:00Z",
                ends_at=None,
                labels=(
                    ("alertname", "Checkout HTTP"),
                    ("environment", "production"),
                    ("host", "shop-1"),
                    ("host_address", "192.0.2.7"),
                    ("host_alias", "Shop 1"),
                    ("hostgroups", "shops,linux"),
                    ("service", "checkout"),
                    ("servicegroups", "web"),
                    ("severity", "critical"),
                ),
                annotations=(
                    ("description", "line two"),
                    ("last_problem_id", "4600"),
                    ("problem_id", "4711"),
                    ("summary", "CRITICAL - 2.4 s & rising"),
                ),
                generator_url="https://wiki.example/checkout",
                group="shop-1",
                episode_from="state",
            ),
        ),
    )


def test_a_problem_of_a_host_is_its_own_condition() -> None:
    signal = told(HOST)
    assert signal.fingerprint == hash_of("host", "shop-1")
    labels = dict(signal.labels)
    assert (labels["alertname"], labels["severity"], labels["service"]) == ("shop-1", "down", "checkout")
    assert RULES.severity["down"] == "SEV-2"
    assert "environment" not in labels
    assert (dict(signal.annotations)["summary"], signal.generator_url) == ("CRITICAL - no answer", None)


def test_a_service_macro_that_was_not_expanded_is_none() -> None:
    assert told({**HOST, "SERVICEDESC": "$SERVICEDESC$"}) == told(HOST)


def test_names_of_host_and_service_are_kept_apart() -> None:
    keys = {told(HOSTNAME=host, SERVICEDESC=name).fingerprint for host, name in (("a", "b/c"), ("a/b", "c"))}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("usual", "state"),
    [
        (SERVICE, "WARNING"),
        (SERVICE, "CRITICAL"),
        (SERVICE, "UNKNOWN"),
        (HOST, "DOWN"),
        (HOST, "UNREACHABLE"),
    ],
)
def test_every_state_of_a_problem_fires(usual: dict[str, Any], state: str) -> None:
    signal = told({**usual, "SERVICESTATE": state, "HOSTSTATE": state})
    assert (signal.status, dict(signal.labels)["severity"]) == ("firing", state.lower())


def test_a_recovery_is_the_end_at_the_last_change_of_state() -> None:
    end = told(**OK, LASTSERVICESTATECHANGE="1772331300", TIMET="1772331301")
    assert (end.status, end.starts_at, end.ends_at) == (
        "resolved",
        "2026-03-01T02:15:01Z",
        "2026-03-01T02:15:00Z",
    )
    assert "severity" not in dict(end.labels)
    assert told(HOST, NOTIFICATIONTYPE="RECOVERY", HOSTSTATE="UP").ends_at == "2026-03-01T02:09:00Z"
    assert told(**OK, LASTSERVICESTATECHANGE="0").ends_at == "2026-03-01T02:10:00Z"
    assert told(**OK, LASTSERVICESTATECHANGE="", TIMET="").ends_at is None


def test_a_warning_that_becomes_critical_is_one_episode_until_it_recovers() -> None:
    signals = [
        told(SERVICESTATE="WARNING"),
        told(TIMET="1772331060", LASTSERVICESTATECHANGE="1772331055"),
        told(**OK, TIMET="1772331120", LASTSERVICESTATECHANGE="1772331115"),
        told(TIMET="1772331180"),
    ]
    assert effects(signals) == ["open", "again", "clear", "open"]


def test_without_a_time_the_time_of_receipt_counts() -> None:
    assert told(TIMET="$TIMET$").starts_at == RECEIVED
    assert told(TIMET="0").starts_at == RECEIVED


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("ACKNOWLEDGEMENT", "acknowledged"),
        ("FLAPPINGSTART", "flapping"),
        ("FLAPPINGSTOP", "flapping"),
        ("FLAPPINGDISABLED", "flapping"),
        ("DOWNTIMESTART", "downtime"),
        ("DOWNTIMEEND", "downtime"),
        ("DOWNTIMECANCELLED", "downtime"),
        ("CUSTOM", "notified"),
    ],
)
@pytest.mark.parametrize("usual", [SERVICE, HOST])
def test_what_is_neither_a_problem_nor_its_end_is_a_remark(
    type_: str, kind: str, usual: dict[str, Any]
) -> None:
    remark = remarked(usual, NOTIFICATIONTYPE=type_, NOTIFICATIONAUTHOR="Ada", NOTIFICATIONCOMMENT="mine")
    assert (remark.kind, remark.at, remark.text) == (kind, "2026-03-01T02:10:00Z", f"{type_}: Ada: mine")
    assert remark.fingerprint == told(usual).fingerprint


def test_icingas_words_are_known_as_well() -> None:
    assert [REMARKS[word] for word in ("FLAPPINGEND", "DOWNTIMEREMOVED")] == ["flapping", "downtime"]


@pytest.mark.parametrize("usual", [SERVICE, HOST])
def test_while_a_check_is_repeated_nothing_is_decided(usual: dict[str, Any]) -> None:
    soft = {**usual, "SERVICESTATETYPE": "SOFT", "HOSTSTATETYPE": "SOFT"}
    state = usual.get("SERVICESTATE", usual.get("HOSTSTATE"))
    remark = remarked(soft)
    assert (remark.kind, remark.text) == (
        "updated",
        f"SOFT {state}: {usual.get('SERVICEOUTPUT', usual.get('HOSTOUTPUT'))}",
    )
    assert remarked(SERVICESTATETYPE="", STATETYPE="SOFT").kind == "updated"


def test_a_state_type_is_not_needed() -> None:
    assert told(SERVICESTATETYPE="") == told()


def test_labels_of_the_command_win_and_macros_are_none() -> None:
    labels = dict(
        told(host="mine", severity="page", alertname="Mine", CONTACTEMAIL="a@b.example", _TEAM="x").labels
    )
    assert (labels["host"], labels["severity"], labels["alertname"]) == ("mine", "page", "Mine")
    assert not {"CONTACTEMAIL", "_TEAM"} & labels.keys()


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", None, "text/plain"])
def test_json_is_read_like_a_form(media: str | None) -> None:
    assert decode(message(SERVICE, media), "nagios") == decode(message(SERVICE), "nagios")


def test_numbers_in_json_are_texts() -> None:
    sent = message(
        {**SERVICE, "TIMET": 1772331000, "SERVICEPROBLEMID": 4711, "LONGSERVICEOUTPUT": ["x"]}, None
    )
    (signal,) = decode(sent, "nagios").signals
    assert signal.starts_at == "2026-03-01T02:10:00Z"
    assert dict(signal.annotations)["problem_id"] == "4711"
    assert "description" not in dict(signal.annotations)


def test_a_form_without_its_media_type_is_still_one() -> None:
    assert decode(message(urlencode(SERVICE).encode(), None), "nagios") == decode(message(SERVICE), "nagios")


def test_bytes_that_are_not_unicode_show_as_replacement() -> None:
    body = urlencode({**SERVICE, "SERVICEOUTPUT": "x"}).encode()
    for bad in (b"=%FF", b"=\xff", b"=%ED%A0%80"):
        (signal,) = decode(
            message(body.replace(b"SERVICEOUTPUT=x", b"SERVICEOUTPUT" + bad)), "nagios"
        ).signals
        assert set(dict(signal.annotations)["summary"]) == {"\ufffd"}


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"HOSTNAME": ""}, "wrong-shape", "HOSTNAME", "none"),
        ({"HOSTNAME": "$HOSTNAME$"}, "wrong-shape", "HOSTNAME", "none"),
        ({"NOTIFICATIONTYPE": ""}, "wrong-shape", "NOTIFICATIONTYPE", "none"),
        ({"NOTIFICATIONTYPE": "TEST"}, "status-unknown", "NOTIFICATIONTYPE", '"TEST"'),
        ({"NOTIFICATIONTYPE": "problem"}, "status-unknown", "NOTIFICATIONTYPE", '"problem"'),
        ({"SERVICESTATE": "OK"}, "status-unknown", "SERVICESTATE", '"OK"'),
        ({"SERVICESTATE": "DOWN"}, "status-unknown", "SERVICESTATE", '"DOWN"'),
        ({"SERVICESTATE": "$SERVICESTATE$"}, "status-unknown", "SERVICESTATE", "nothing"),
        ({**OK, "SERVICESTATE": "CRITICAL"}, "status-unknown", "SERVICESTATE", '"CRITICAL"'),
        ({"SERVICESTATETYPE": "FIRM"}, "status-unknown", "SERVICESTATETYPE", '"FIRM"'),
        ({"SERVICEDESC": ""}, "status-unknown", "HOSTSTATE", "nothing"),
        ({"TIMET": "02:10"}, "time-invalid", "TIMET", '"02:10"'),
        ({**OK, "LASTSERVICESTATECHANGE": "x"}, "time-invalid", "LASTSERVICESTATECHANGE", '"x"'),
    ],
)
def test_what_is_no_notification_is_refused_with_its_place(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    rejected = refused(message({**SERVICE, **changes}))
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


@pytest.mark.parametrize(
    ("body", "media", "code", "found"),
    [
        (b"", "application/json", "not-json", "Expecting value at character 0"),
        (b"[]", "application/json", "wrong-shape", "an array"),
        (b"[" * 100_000, "application/json", "not-json", "deeper nesting"),
        (b'{"HOSTNAME":"a","HOSTNAME":"b"}', None, "duplicate-key", "HOSTNAME twice"),
        (b"a=1&HOSTNAME=a&HOSTNAME=b", FORM, "duplicate-key", "field 2 again"),
        (b"a&" * 2_000, FORM, "not-a-form", "more"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(
    body: bytes, media: str | None, code: str, found: str
) -> None:
    rejected = refused(message(body, media))
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, "$", found)


@settings(max_examples=200)
@given(objects_like(SERVICE) | objects_like(HOST))
def test_whatever_comes_is_a_delivery_or_a_decode_error(body: dict[str, Any]) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(message(body, "application/json"), "nagios"), Delivery)


@given(
    st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()),
    st.sampled_from([FORM, "application/json", None]),
)
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes, media: str | None) -> None:
    for data in (body, b"NOTIFICATIONTYPE=PROBLEM&HOSTSTATE=DOWN&HOSTNAME=" + body):
        with contextlib.suppress(DecodeError):
            assert isinstance(decode(message(data, media), "nagios"), Delivery)
