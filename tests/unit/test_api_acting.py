"""Acting from a page, without any script: a form, what it will record, and the record itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
import pytest

from api.pages.fields import Field, fields_of
from api.pages.filled import value_of, values_of
from api.pages.words import GROUPS
from api.requests import ON_INCIDENTS, REQUESTS, example
from tests.support.engines import AUDITOR, COMMANDER, NOBODY, RESPONDER, Client, client_in

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("acting") / "home") as found:
        yield found


class Seat:
    """Somebody in front of a browser without scripts."""

    def __init__(self, client: Client, token: str) -> None:
        self.client = client
        answer = client.http.post("/session", data={"token": token})
        self.cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
        client.http.cookies.clear()
        self.page: httpx2.Response = self.get("/")

    def get(self, path: str) -> httpx2.Response:
        self.page = self.client.http.get(path, headers=self.cookie)
        return self.page

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        self.page = self.client.http.post(path, data=fields, headers={**self.cookie, **headers})
        return self.page

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of the page's last form."""
        form = self.page.text.rsplit("<form", 1)[-1]
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
        return {html.unescape(name): html.unescape(value) for name, value in found}

    def act(self, incident: str, action: str, step: str = "record", **fields: str) -> httpx2.Response:
        """Open a form, fill it in, and send it."""
        path = f"/incidents/{incident}/act/{action}"
        assert self.get(path).status_code == 200, self.page.text
        return self.post(path, {**self.hidden(), **fields, "step": step})


def facts(client: Client, incident: str) -> list[Any]:
    return list(client.get(f"/v1/incidents/{incident}/timeline").json()["entries"])


def test_a_form_shows_what_it_will_record_and_then_records_it(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    shown = seat.act(incident, "declare", "show", rationale="The <b>error</b> rate is 20 %.")
    assert shown.status_code == 200
    assert "The &lt;b&gt;error&lt;/b&gt; rate is 20 %." in shown.text
    assert "p-commander" in shown.text
    assert len(facts(client, incident)) == 1
    done = seat.post(f"/incidents/{incident}/act/declare", {**seat.hidden(), "step": "record"})
    assert done.status_code == 303
    place = urlsplit(done.headers["location"])
    assert place.path == "/incidents/INC-1"
    assert parse_qs(place.query)["recorded"] == ["2-5"]
    assert len(facts(client, incident)) == 5


def test_a_form_that_is_sent_twice_records_once(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    seat.act(incident, "add-timeline-entry", "show", text="The pool is full.")
    fields = {**seat.hidden(), "step": "record"}
    for _ in range(2):
        assert seat.post(f"/incidents/{incident}/act/add-timeline-entry", fields).status_code == 303
    assert len(facts(client, incident)) == 2


def test_whoever_was_overtaken_is_told_by_what_and_keeps_what_they_wrote(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    path = f"/incidents/{incident}/act/add-timeline-entry"
    seat.get(path)
    fields = {**seat.hidden(), "text": "What I wrote.", "step": "record"}
    client.post(f"/v1/incidents/{incident}/actions/add-timeline-entry", {"text": "Somebody was first."})
    late = seat.post(path, fields)
    assert late.status_code == 409
    assert "Others were first" in late.text
    assert "What I wrote.</textarea>" in late.text
    assert "version 2" in late.text
    again = {**seat.hidden(), "text": "What I wrote.", "step": "record"}
    assert again["version"] == "2"
    assert again["key"] != fields["key"]
    assert seat.post(path, again).status_code == 303
    assert len(facts(client, incident)) == 3


def test_what_does_not_fit_is_said_at_its_field_and_kept(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    answer = seat.act(incident, "declare", "show", rationale="short")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert ">short</textarea>" in answer.text
    assert "at least 10 characters" in answer.text or "10" in answer.text
    assert len(facts(client, incident)) == 1


def test_a_refusal_of_the_rules_is_said_with_its_reason(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    answer = seat.act(incident, "close", "show", rationale="It is over, I believe.")
    assert answer.status_code == 409
    assert "Refused" in answer.text
    assert "It is over, I believe.</textarea>" in answer.text


def test_an_incident_is_opened_by_a_form(client: Client) -> None:
    seat = Seat(client, COMMANDER)
    seat.get("/open")
    sent = {**seat.hidden(), "title": "By hand", "environment": "production", "services": "a\r\n b \n"}
    done = seat.post("/open", {**sent, "step": "record"})
    assert done.status_code == 303
    view = client.get(f"/v1{urlsplit(done.headers['location']).path}").json()
    assert (view["title"], view["services"]) == ("By hand", ["a", "b"])


def test_a_list_gets_one_more_row_without_losing_anything(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    path = f"/incidents/{incident}/act/record-checks"
    seat.get(path)
    seat.post(path, {**seat.hidden(), "checks.0.check": "api_health", "step": "add:checks"})
    assert 'name="checks.1.check"' in seat.page.text
    assert 'value="api_health"' in seat.page.text
    assert seat.hidden()["rows:checks"] == "2"


@pytest.mark.req("R-SVC-13")
def test_a_form_of_another_page_or_session_is_refused(client: Client) -> None:
    incident = client.open()
    seat, other = Seat(client, COMMANDER), Seat(client, RESPONDER)
    path = f"/incidents/{incident}/act/add-timeline-entry"
    seat.get(path)
    good = {**seat.hidden(), "text": "Never recorded.", "step": "record"}
    assert seat.post(path, good | {"form_token": ""}).status_code == 403
    assert other.post(path, good).status_code == 403
    assert seat.post(path, good, Origin="https://evil.example").status_code == 403
    assert seat.post(path, good, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert len(facts(client, incident)) == 1


@pytest.mark.parametrize("token", [NOBODY, None])
def test_who_may_not_read_is_sent_to_where_one_signs_in(client: Client, token: str | None) -> None:
    incident = client.open()
    path = f"/incidents/{incident}/act/declare"
    if token is None:
        answers = [client.http.get(path), client.http.post(path, data={})]
    else:
        seat = Seat(client, token)
        answers = [seat.get(path), seat.post(path, {})]
    assert [answer.status_code for answer in answers] == [303, 303]


def test_who_may_only_read_is_refused_by_the_rules(client: Client) -> None:
    incident = client.open()
    answer = Seat(client, AUDITOR).act(incident, "declare", rationale="I may not do this.")
    assert (answer.status_code, "Refused" in answer.text) == (409, True)


@pytest.mark.parametrize("path", ["/incidents/INC-1/act/nothing", "/incidents/INC-1/act/open"])
def test_what_is_no_action_is_not_there(client: Client, path: str) -> None:
    client.open()
    assert Seat(client, COMMANDER).get(path).status_code == 404


def test_a_file_is_uploaded_by_the_script_of_a_form_and_named_by_the_form(client: Client) -> None:
    incident = client.open()
    seat = Seat(client, COMMANDER)
    seat.get(f"/incidents/{incident}/act/capture-evidence")
    token = {"X-Form-Token": seat.hidden()["form_token"]}
    path = f"/incidents/{incident}/files"
    for headers in ({}, {"X-Form-Token": "another"}):
        refused = client.http.post(path, content=b"x", headers={**seat.cookie, **headers})
        assert (refused.status_code, refused.json()["code"]) == (403, "CROSS_SITE")
    assert client.http.post(path, content=b"x", headers=token).json()["code"] == "TOKEN_MISSING"
    raw = {"Content-Type": "application/octet-stream"}
    kept = client.http.post(path, content=b"log line", headers={**seat.cookie, **token, **raw})
    assert kept.status_code == 201
    shown = seat.act(
        incident, "capture-evidence", "show", kind="log", title="The log", blob=kept.text, captured_at=""
    )
    assert shown.status_code in {200, 409}
    assert "blob" in seat.hidden()


def test_a_form_comes_with_what_the_next_step_knows_and_with_nobodys_answers(client: Client) -> None:
    incident = client.open()
    client.post(f"/v1/incidents/{incident}/actions/declare", {"rationale": "It is real, I saw it."})
    seat = Seat(client, COMMANDER)
    proposing = seat.get(f"/incidents/{incident}/act/propose-severity").text
    assert "<option selected>SEV-1</option>" in proposing
    rationale = re.search(r'name="rationale"[^>]*>([^<]*)</textarea>', proposing)
    assert rationale is not None
    assert rationale[1] == ""
    scope = seat.get(f"/incidents/{incident}/act/confirm-scope").text
    assert "selected>yes" not in scope
    assert "selected>no" not in scope


def test_every_action_has_its_place_among_the_groups() -> None:
    assert sorted(action for group in GROUPS.values() for action in group) == sorted(ON_INCIDENTS)


@pytest.mark.parametrize("action", REQUESTS)
def test_a_form_makes_the_example_of_its_action(action: str) -> None:
    fields, body = fields_of(action), msgspec.json.decode(msgspec.json.encode(example(action)))
    shown = values_of(fields, body)
    made = value_of(fields, {name: [text] for name, text in shown.items()})
    expected = {name: value for name, value in body.items() if name in {field.name for field in fields}}
    assert made == simple(expected, fields)


def simple(value: dict[str, Any], fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return a value without what a form leaves away: what is empty, and what programs make."""
    found: dict[str, Any] = {}
    for field in fields:
        member = value.get(field.name)
        if field.kind == "group" and member:
            member = simple(member, field.parts)
        elif field.kind == "rows" and member:
            member = [simple(row, field.parts) for row in member]
        if member not in (None, [], {}, ""):
            found[field.name] = member
    return found


@pytest.mark.parametrize("action", ON_INCIDENTS)
def test_every_action_has_a_form(client: Client, action: str) -> None:
    client.open()
    page = Seat(client, COMMANDER).get(f"/incidents/INC-1/act/{action}")
    assert page.status_code == 200
    for field in fields_of(action):
        if field.kind not in {"group", "rows"}:
            assert f'name="{field.name}"' in page.text
