"""Who is to be told is told, and what came of it is on record: whatever channels, clocks and crashes do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import structlog

from application import notifier as module
from application.addresses import address_of
from application.channels.contract import Delivered, Message, Undelivered
from application.engine import Engine
from application.messages import message_of
from application.notifying import LAST, NOTIFIER, record_delivery
from application.outbox import Outbox, waiting_in
from application.steps import run
from domain.moment import instant
from domain.notices.commands import RequestNotice
from domain.notices.facts import (
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.own_commands import RecordDelivery
from ledger.append import Receipt
from ledger.errors import ReadOnly, StoreError
from tests.support.processes import wait_until
from tests.support.telling import (
    ACCEPTED,
    LATER,
    LOCALLY,
    NEVER,
    SECRET,
    FakeChannel,
    change,
    crew,
    notifier,
    person,
    severe,
    waiting,
)
from tests.support.use_cases import SteppingClock, appends, do, history, kinds, meddle, note, open_home


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def told(engine: Engine, stream: str) -> list[StakeholderNotified]:
    return [item.fact for item in history(engine, stream) if isinstance(item.fact, StakeholderNotified)]


def failed(engine: Engine, stream: str) -> list[StakeholderNotificationFailed]:
    facts = (item.fact for item in history(engine, stream))
    return [fact for fact in facts if isinstance(fact, StakeholderNotificationFailed)]


def left(engine: Engine, stream: str) -> int:
    return len(waiting_in(engine.store, stream))


@pytest.mark.req("R-DIR-01", "R-COM-31", "R-GATE-12", "R-GATE-13", "R-EVT-14")
def test_everybody_is_told_once_and_gate_1_passes_by_itself(engine: Engine) -> None:
    ada, bob = crew(engine)
    stream = severe(engine, ada)
    assert engine.states.incident(stream).state.state == "notifying"
    webhook = FakeChannel(ACCEPTED)
    telling = notifier(engine, webhook)
    assert telling.deliver_once(stream) == 2
    assert telling.deliver_once(stream) == 0
    recipients = {message.recipient: message.content.roles for message in webhook.messages}
    assert recipients == {ada.id: ("incident_commander", "sre_on_call"), bob.id: ("product_owner",)}
    assert {fact.proof for fact in told(engine, stream)} == {"accepted"}
    assert engine.states.incident(stream).state.state == "planning"
    verdict = history(engine, stream)[-1]
    assert verdict.type == "tallystick.gate-evaluated.v1"
    assert (verdict.authid, verdict.authtype, verdict.authroles) == ("p-notifier", "system", ("notifier",))
    requests = {
        item.id for item in history(engine, stream) if isinstance(item.fact, StakeholderNotificationRequested)
    }
    notified = [item for item in history(engine, stream) if isinstance(item.fact, StakeholderNotified)]
    assert {item.causationid for item in notified} == requests
    assert {item.correlationid for item in notified} == {stream}


def test_what_goes_out_is_in_clear_and_what_is_recorded_is_not(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    words = RequestNotice(roles=("product_owner",), text="We roll back in five minutes.")
    do(engine, words, stream, principal=ada)
    webhook = FakeChannel(LATER)
    notifier(engine, webhook).deliver_once(stream)
    subject = webhook.messages[0].content.subject
    assert subject == "[PROTOCOL 17] SEV-1 INC-1: Checkout answers slowly"
    update = next(m.content for m in webhook.messages if m.content.purpose == "update")
    assert f"From {ada.id}: We roll back in five minutes." in update.text
    assert "Regions: eu-1" in update.text
    log = b"".join(row.envelope for row in engine.store.rows(0, engine.store.head().size))
    events = str([item.fact for item in history(engine, stream)]).encode() + log
    assert b"roll back in five" not in events
    assert b"tok-secret" not in events


@pytest.mark.req("R-COM-31")
def test_five_attempts_after_1_2_4_and_8_seconds_then_the_file_has_it(
    engine: Engine, clock: SteppingClock
) -> None:
    ada = person(engine, "Ada", "on_call_lead", "sre_on_call")
    person(engine, "Bob", "product_owner", webhook=None)
    stream = severe(engine, ada)
    webhook, file = FakeChannel(LATER), FakeChannel(LOCALLY)
    telling = notifier(engine, webhook, file)
    telling.deliver_once(stream)
    assert file.told == ["n1-2"], "who has no webhook is told by the file at once"
    for attempt, delay in enumerate((1, 2, 4, 8), 1):
        assert len(webhook.told) == attempt
        clock.forward(seconds=delay - 0.5)
        assert telling.deliver_once(stream) == 0
        clock.forward(seconds=0.5)
        assert telling.deliver_once(stream) == 1
    assert webhook.told == ["n1-1"] * 5
    assert file.told == ["n1-2", "n1-1"]
    facts = failed(engine, stream)
    assert [(fact.attempt, fact.channel) for fact in facts] == [(n, "webhook") for n in range(1, 6)]
    assert all(fact.next_retry_at for fact in facts)
    assert [fact.proof for fact in told(engine, stream)] == ["recorded_locally"] * 2
    assert left(engine, stream) == 0
    # In profile team the file alone tells nobody.
    assert engine.states.incident(stream).state.state == "notifying"


@pytest.mark.req("R-COM-31")
def test_what_can_never_work_goes_to_the_file_at_once(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    webhook, file = FakeChannel(NEVER), FakeChannel(LOCALLY)
    notifier(engine, webhook, file).deliver_once(stream)
    assert sorted(webhook.told) == sorted(file.told) == ["n1-1", "n1-2"]
    assert {fact.attempt for fact in failed(engine, stream)} == {1}
    assert {(fact.channel, fact.proof) for fact in told(engine, stream)} == {("file", "recorded_locally")}


@pytest.mark.req("R-DIR-01")
def test_the_file_alone_counts_in_a_drill_and_in_profile_solo(engine: Engine) -> None:
    kinds_of: tuple[dict[str, Any], ...] = ({"drill": True}, {"profile": "solo"})
    for number, fields in enumerate(kinds_of):
        ada = person(engine, f"Ada {number}", "on_call_lead", "sre_on_call", "product_owner", webhook=None)
        stream = severe(engine, ada, **fields)
        file = FakeChannel(LOCALLY)
        notifier(engine, FakeChannel(NEVER), file).deliver_once(stream)
        assert file.messages[0].content.drill == ("drill" in fields)
        assert ("Profile solo" in file.messages[0].content.text) == ("profile" in fields)
        assert engine.states.incident(stream).state.state == "planning"


@pytest.mark.req("R-DIR-01", "R-COM-31")
def test_roles_that_nobody_holds_are_written_to_the_file(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    do(engine, RequestNotice(roles=("support_lead",)), stream, principal=ada)
    file = FakeChannel(LOCALLY)
    notifier(engine, FakeChannel(ACCEPTED), file).deliver_once(stream)
    (message,) = file.messages
    assert message.recipient is None
    assert message.content.purpose == "update"
    assert "INC-1: nobody holds support_lead: Checkout" in message.content.subject
    settled = next(fact for fact in told(engine, stream) if fact.purpose == "update")
    assert (settled.channel, settled.proof, settled.roles) == ("file", "recorded_locally", ("support_lead",))
    assert left(engine, stream) == 0


@pytest.mark.req("R-DIR-01")
def test_a_recipient_without_an_address_is_a_clear_permanent_failure(engine: Engine) -> None:
    ada = person(engine, "Ada", "responder")
    assert address_of(engine, ada.id, "webhook") == SECRET
    assert address_of(engine, ada.id, "email") == Undelivered(
        error=f"{ada.id} has no email contact in the directory", permanent=True
    )
    with patch("application.addresses.open_values", lambda *_: {}):
        lost = address_of(engine, ada.id, "webhook")
    assert lost == Undelivered(error=f"the webhook address of {ada.id} was erased or is lost", permanent=True)
    change(engine, ada, contacts=())
    assert address_of(engine, ada.id, "webhook") == Undelivered(
        error=f"{ada.id} has no webhook contact in the directory", permanent=True
    )
    change(engine, ada, active=False)
    for gone in (ada.id, "p-never-here", None):
        found = address_of(engine, gone, "webhook")
        assert isinstance(found, Undelivered)
        assert found.permanent
        assert "is not in the directory, or has left" in found.error


def test_a_channel_nobody_has_here_is_no_way_to_tell_anybody(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    file = FakeChannel(LOCALLY)
    module.Notifier(engine, {"file": file}).deliver_once(stream)
    assert sorted(file.told) == ["n1-1", "n1-2"]


@pytest.mark.req("R-COM-31")
def test_what_somebody_settled_meanwhile_is_not_sent(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    seen = waiting_in(engine.store, stream)
    notifier(engine, FakeChannel(ACCEPTED)).deliver_once(stream)
    webhook = FakeChannel(ACCEPTED)
    late = notifier(engine, webhook)
    for item in seen:
        late.settle(item)
    assert webhook.told == []
    assert len(told(engine, stream)) == 2


def test_a_notice_that_another_has_tried_waits_for_its_next_time(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    seen = waiting(engine, stream)
    notifier(engine, FakeChannel(LATER)).deliver_once(stream)
    webhook = FakeChannel(ACCEPTED)
    notifier(engine, webhook).settle(seen)
    assert webhook.told == []


@pytest.mark.req("R-COM-31")
def test_dying_between_delivery_and_record_delivers_again_and_records_once(engine: Engine) -> None:
    class Killed(BaseException):
        """What no `except Exception` sees, as a power cut is."""

    ada, _ = crew(engine)
    stream = severe(engine, ada)
    first, second = FakeChannel(ACCEPTED), FakeChannel(ACCEPTED)
    item = waiting(engine, stream)
    with patch.object(module, "record_delivery", side_effect=Killed), pytest.raises(Killed):
        notifier(engine, first).settle(item)
    assert told(engine, stream) == []
    notifier(engine, second).deliver_once(stream)
    assert first.told == ["n1-1"]
    assert sorted(second.told) == ["n1-1", "n1-2"]
    assert {message.key for message in first.messages} <= {message.key for message in second.messages}
    assert len(told(engine, stream)) == 2


def test_when_only_the_record_failed_only_the_record_is_repeated(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    webhook = FakeChannel(ACCEPTED)
    telling, item = notifier(engine, webhook), waiting(engine, stream)

    def broken(_: Engine, *__: Any) -> Any:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logs:
        patched.setattr(module, "record_delivery", broken)
        telling.settle(item)
    assert [entry["event"] for entry in logs] == ["a notice is not settled"]
    assert told(engine, stream) == []
    telling.settle(item)
    assert webhook.told == ["n1-1"]
    assert [fact.proof for fact in told(engine, stream)] == ["accepted"]


def test_a_settled_notice_is_not_recorded_twice(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    command = RecordDelivery(notification_id="n1-1", channel="webhook", proof="accepted")
    assert isinstance(run(record_delivery(engine, stream, command)), Receipt)
    assert run(record_delivery(engine, stream, command)) is None
    failing = RecordDelivery(notification_id="n1-1", channel="webhook", error="late")
    assert run(record_delivery(engine, stream, failing)) is None
    unknown = RecordDelivery(notification_id="n9-9", channel="webhook", proof="accepted")
    assert run(record_delivery(engine, stream, unknown)) is None


def test_others_who_are_first_are_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    undone = meddle(engine, monkeypatch, appends(engine, stream), appends(engine, stream))
    command = RecordDelivery(notification_id="n1-1", channel="webhook", proof="accepted")
    assert isinstance(run(record_delivery(engine, stream, command)), Receipt)
    assert undone == []


def test_a_channel_that_breaks_is_an_attempt_that_failed_and_its_words_are_not_told(
    engine: Engine,
) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    with structlog.testing.capture_logs() as logs:
        notifier(engine, FakeChannel(RuntimeError(f"cannot reach {SECRET}"))).deliver_once(stream)
    assert {fact.attempt for fact in failed(engine, stream)} == {1}
    assert {entry["error"] for entry in logs} == {"the channel webhook failed: RuntimeError"}
    assert "secret" not in str(logs)


def test_even_the_file_is_given_up_in_the_end_by_a_fact(engine: Engine, clock: SteppingClock) -> None:
    ada = person(engine, "Ada", "on_call_lead", "sre_on_call", "product_owner", webhook=None)
    stream = severe(engine, ada)
    telling = notifier(engine, FakeChannel(NEVER), FakeChannel(LATER))
    for _ in range(2 * LAST):
        telling.deliver_once(stream)
        clock.forward(seconds=8)
    facts = failed(engine, stream)
    assert [fact.attempt for fact in facts] == list(range(1, LAST + 1))
    assert facts[-1].next_retry_at is None
    assert left(engine, stream) == 0


@pytest.mark.req("R-COM-31")
def test_a_channel_that_hangs_holds_up_neither_the_incident_nor_other_recipients(engine: Engine) -> None:
    ada, bob = crew(engine)
    stream = severe(engine, ada)
    release = threading.Event()

    def hanging(message: Message) -> Delivered | Undelivered:
        if message.recipient == ada.id:
            release.wait(60)
        return ACCEPTED

    with ThreadPoolExecutor(4) as pool:
        notifier(engine, FakeChannel(hanging)).hand_out(pool)
        try:
            wait_until(lambda: len(told(engine, stream)) == 1, 10, "the other one is told")
            do(engine, note("Still here."), stream, principal=bob)
            assert engine.states.incident(stream).state.state == "notifying"
        finally:
            release.set()
    assert engine.states.incident(stream).state.state == "planning"


def test_a_notice_is_handed_out_once_while_it_is_under_way(engine: Engine) -> None:
    class Held(ThreadPoolExecutor):
        """Takes everything and does it later."""

        def __init__(self) -> None:
            super().__init__(1)
            self.taken: list[Any] = []

        def submit(self, work: Any, /, *args: Any, **_: Any) -> Future[Any]:
            self.taken.append((work, args))
            return Future()

    ada, _ = crew(engine)
    severe(engine, ada)
    webhook = FakeChannel(ACCEPTED)
    telling, pool = notifier(engine, webhook), Held()
    assert telling.hand_out(pool) == engine.store.head().size
    telling.hand_out(pool)
    assert len(pool.taken) == 2
    assert engine.notices.waiting == 2
    for work, args in pool.taken:
        work(*args)
    telling.hand_out(pool)
    assert len(pool.taken) == 2
    assert engine.notices.waiting == 0
    assert engine.notices.counts() == {("webhook", "accepted"): 2}
    assert sorted(webhook.told) == ["n1-1", "n1-2"]


def test_a_ledger_that_only_reads_sends_nothing_it_could_not_record(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    engine.writer.freeze(ReadOnly("an older copy"))
    webhook = FakeChannel(ACCEPTED)
    telling = notifier(engine, webhook)
    assert telling.deliver_once(stream) == 0
    with ThreadPoolExecutor(1) as pool:
        telling.hand_out(pool)
    assert webhook.told == []


def test_an_incident_that_the_list_does_not_know_is_called_by_its_stream(engine: Engine) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    broken = patch.object(engine.follower, "catch_up", side_effect=StoreError("views.db is broken"))
    with broken, structlog.testing.capture_logs():
        content = message_of(engine, waiting(engine, stream)).content
    assert content.number == stream
    assert content.subject == f"[PROTOCOL 17] SEV-1 {stream}: Checkout answers slowly"


def test_a_fact_that_does_not_hold_keeps_nobody_else_from_being_told(engine: Engine) -> None:
    ada, _ = crew(engine)
    severe(engine, ada)
    rows_of_type = engine.store.rows_of_type

    def damaged(types: Any, first: int, limit: int) -> Any:
        first_row, *others = rows_of_type(types, first, limit)
        return [type(first_row)(*(*_fields(first_row)[:-1], b"{}")), *others]

    def _fields(row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in row.__struct_fields__)

    box = Outbox(engine.store)
    with patch.object(engine.store, "rows_of_type", damaged), structlog.testing.capture_logs() as logs:
        box.catch_up()
    assert [item.request.notification_id for item in box.waiting()] == ["n1-2"]
    assert [entry["event"] for entry in logs] == ["a fact about a notice does not hold"]


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_the_outbox_is_the_same_however_it_was_read(
    engine: Engine, clock: SteppingClock, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.outbox.BATCH", batch)
    ada, _ = crew(engine)
    early = Outbox(engine.store)
    streams = [severe(engine, ada), severe(engine, ada)]
    early.catch_up()
    notifier(engine, FakeChannel(ACCEPTED, LATER)).deliver_once(streams[0])
    clock.forward(seconds=60)
    late = Outbox(engine.store)
    assert early.catch_up() == late.catch_up() == engine.store.head().size
    assert early.waiting() == late.waiting()
    found = sorted(item for stream in streams for item in (w.key for w in waiting_in(engine.store, stream)))
    assert sorted(item.key for item in late.waiting()) == found
    assert len(found) == 3


def test_it_runs_until_it_is_told_to_stop_and_survives_what_fails(engine: Engine) -> None:
    ada, _ = crew(engine)
    stop, webhook = threading.Event(), FakeChannel(ACCEPTED)
    telling = notifier(engine, webhook)
    hand_out, faults = telling.hand_out, [StoreError("held"), KeyError("a mistake of ours")]

    def failing(pool: Any) -> int:
        if faults:
            raise faults.pop()
        return hand_out(pool)

    with (
        patch.object(telling, "hand_out", failing),
        patch.object(module, "RETRY_S", 0.01),
        structlog.testing.capture_logs() as logs,
    ):
        thread = threading.Thread(target=telling.run, args=(stop,))
        thread.start()
        try:
            stream = severe(engine, ada)
            wait_until(lambda: len(told(engine, stream)) == 2, 20, "both are told")
        finally:
            stop.set()
            thread.join(10)
    assert not thread.is_alive()
    assert [entry["event"] for entry in logs] == ["notifier failed"] * 2


def test_retries_are_due_when_the_fact_says_so(engine: Engine, clock: SteppingClock) -> None:
    ada, _ = crew(engine)
    stream = severe(engine, ada)
    notifier(engine, FakeChannel(LATER)).deliver_once(stream)
    fact = failed(engine, stream)[0]
    assert fact.next_retry_at is not None
    assert timedelta() < instant(fact.next_retry_at) - clock.now <= timedelta(seconds=1)
    assert kinds(engine, stream)[-1] == "StakeholderNotificationFailed"
    assert NOTIFIER.id == history(engine, stream)[-1].authid
