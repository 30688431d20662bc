"""Pages are compressed for who takes it, and the API is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.static import statics
from tests.support.engines import COMMANDER, Client, client_in


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("compressing") / "home") as found:
        yield found


PATHS = {"start": "/", "docs": "/docs", **{name: statics()[name].address for name in ("page.css", "room.js")}}


@pytest.mark.parametrize("name", PATHS)
def test_a_page_is_smaller_for_who_takes_gzip_and_says_the_same(client: Client, name: str) -> None:
    path = PATHS[name]
    plain = client.http.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.http.get(path, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) * 0.6
    assert packed.content == plain.content


@pytest.mark.parametrize("coding", ["", "br", "gzip;q=0", "deflate"])
def test_who_takes_no_gzip_gets_none(client: Client, coding: str) -> None:
    answer = client.http.get("/docs", headers={"Accept-Encoding": coding})
    assert "content-encoding" not in answer.headers


def test_the_api_is_not_compressed(client: Client) -> None:
    answer = client.get("/openapi.json", token=COMMANDER, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_a_first_visit_transfers_less_than_a_hundred_kilobytes(client: Client) -> None:
    paths = ["/", *(item.address for item in statics().values())]
    answers = [client.http.get(path, headers={"Accept-Encoding": "gzip"}) for path in paths]
    assert sum(int(answer.headers["content-length"]) for answer in answers) < 100_000
