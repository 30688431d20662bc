"""Pages call people by their names, those who share one by their ids as well, and touch no other text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from application.calling import called_in, with_names
from tests.support.engines import ADMIN, Client, client_in


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client_in(tmp_path_factory.mktemp("calling") / "home") as found:
        yield found


def added(client: Client, name: str) -> str:
    body = {"name": name, "kind": "user", "roles": ["responder"]}
    answer = client.post("/v1/people", body, token=ADMIN)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["principal"])


@pytest.mark.req("R-DIR-01")
def test_ids_in_a_text_become_names_and_two_who_share_one_keep_theirs(client: Client) -> None:
    alice, bob, other = (added(client, name) for name in ("Alice <Ng>", "Bob", "Bob"))
    text = f"{alice} told {bob}, {other}; not x-{alice}, not p-nobody, but p-ledger"
    names = called_in(client.engine, {"any": [text]})
    assert with_names(text, names) == (
        f"Alice <Ng> told Bob ({bob}), Bob ({other}); not x-{alice}, not p-nobody, but the ledger"
    )


def test_who_does_not_show_is_not_named(client: Client) -> None:
    carol = added(client, "Carol")
    assert carol not in called_in(client.engine, "nobody here")
    assert called_in(client.engine, (carol,))[carol] == "Carol"
