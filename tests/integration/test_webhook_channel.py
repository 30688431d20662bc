"""The webhook channel and a real HTTP server on loopback: what counts as told, and what is tried again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest

from application.channels.contract import Content, Delivered, Message, Undelivered
from application.channels.webhook import WebhookChannel
from tests.support.hook import Hook, hooked
from tests.support.processes import free_port

CONTENT = Content(
    notification_id="n1-1",
    incident="incident-0123",
    number="INC-7",
    purpose="initial",
    round=1,
    severity="SEV-1",
    roles=("product_owner",),
    drill=True,
    subject="DRILL [PROTOCOL 17] SEV-1 INC-7: Kasse ist langsam",
    text="Severity: SEV-1\nGrüße\n",
    requested_at="2026-03-01T02:15:00.000000Z",
)
MESSAGE = Message(recipient="p-bob", content=CONTENT)


def posted(address: str | Undelivered, limit_s: float = 5.0) -> Delivered | Undelivered:
    asked: list[str | None] = []

    def addresses(recipient: str | None) -> str | Undelivered:
        asked.append(recipient)
        return address

    found = WebhookChannel(addresses, limit_s).deliver(MESSAGE)
    assert asked == ["p-bob"]
    if isinstance(found, Undelivered):
        for secret in ("secret", "127.0.0.1", "hooks"):
            assert secret not in found.error
    return found


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as served:
        yield served


@pytest.mark.req("R-COM-31", "R-DIR-01", "R-DRILL-01")
def test_a_notice_is_posted_whole_with_a_key_that_names_it(hook: Hook) -> None:
    assert posted(hook.url) == Delivered(proof="accepted")
    ((path, headers, body),) = hook.got
    assert path == "/hooks/secret-path?token=tok-secret"
    assert headers["idempotency-key"] == "incident-0123/n1-1"
    assert headers["content-type"] == "application/json"
    assert body == {**msgspec.to_builtins(CONTENT), "roles": ["product_owner"]}
    assert body["drill"] is True


@pytest.mark.req("R-COM-31")
@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        *((400, True), (401, True), (404, True), (410, True)),
        *((408, False), (429, False), (500, False), (503, False)),
        *((301, True), (302, True), (307, True), (308, True)),
    ],
)
def test_a_status_says_whether_trying_again_helps(status: int, permanent: bool, hook: Hook) -> None:
    hook.statuses = [status, 200]
    found = posted(hook.url)
    assert isinstance(found, Undelivered)
    assert found.error.startswith(f"the webhook answered {status}")
    assert found.permanent == permanent
    assert len(hook.got) == 1, "a redirect is not followed"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_a_receipt(status: int, hook: Hook) -> None:
    hook.statuses = [status]
    assert posted(hook.url) == Delivered(proof="accepted")


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://127.0.0.1/secret", "file:///etc/secret", "127.0.0.1/hooks/secret", "https://", ""),
        *("http://127.0.0.1:99999/secret", "http://127.0.0.1:0/secret", "http://[::secret/"),
        *("http://127.0.0.1/hooks/a secret", "http://127.0.0.1/hooks/sécret"),
    ],
)
def test_an_address_that_cannot_be_asked_is_given_up_at_once(address: str) -> None:
    found = posted(address)
    assert isinstance(found, Undelivered)
    assert found.permanent


def test_nobody_to_ask_is_what_the_directory_said() -> None:
    assert posted(Undelivered(error="p-bob has left", permanent=True)) == Undelivered(
        error="p-bob has left", permanent=True
    )


def test_a_port_where_nobody_listens_is_tried_again() -> None:
    found = posted(f"http://127.0.0.1:{free_port()}/hooks/secret")
    assert found == Undelivered(error="the webhook: connection refused")


def test_a_server_that_never_answers_is_left_in_time(hook: Hook) -> None:
    hook.released.clear()
    start = time.monotonic()
    assert posted(hook.url, limit_s=0.3) == Undelivered(error="the webhook: no answer in time")
    assert time.monotonic() - start < 3


def test_a_server_that_drips_its_answer_gets_no_more_time() -> None:
    with hooked(200, drip_s=0.05) as dripping:
        start = time.monotonic()
        assert posted(dripping.url, limit_s=0.3) == Undelivered(error="the webhook: no answer in time")
        assert time.monotonic() - start < 3


@contextmanager
def speaking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the address of a server that reads a request, then talks as it likes."""

    def answer() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hooks/secret"
        thread.join(20)


def test_an_endless_answer_is_cut_and_its_status_counts() -> None:
    sent: list[int] = []

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while len(sent) < 1_000:
            sent.append(connection.send(b"x" * 65_536))

    with speaking(endless) as address:
        assert posted(address) == Delivered(proof="accepted")
    assert len(sent) < 1_000


def test_what_is_no_http_is_tried_again() -> None:
    with speaking(lambda connection: connection.sendall(b"SSH-2.0-secret\r\n")) as address:
        assert posted(address) == Undelivered(error="the webhook: no HTTP answer")
