"""How many sealed values and blobs a second become durable, and how long a page of them takes to open."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from application.local_blobs import LocalBlobs
from application.sealing import seal_bytes, seal_value, store
from application.vault import Vault
from benchmarks.measure import rate, shown
from benchmarks.table import Table

PUTS = 1_600
PAGE = 50
TEXT = "Rolled back to 4.2.1; error rate is falling, keeping the incident open for another half hour. " * 3


def measure() -> Table:
    """Return the section on the vault."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder:
        vault, blobs = Vault(Path(folder) / "vault.db", bytes(32)), LocalBlobs(Path(folder) / "blobs")
        try:
            rows = [*_values(vault, blobs), *_blobs(vault, blobs), _page(vault, blobs)]
        finally:
            vault.close()
    return Table(
        "The vault",
        "Texts and raw deliveries are sealed and on disk before the fact that names them is appended. Callers share "
        "commits.",
        ("case", "rate"),
        rows,
    )


def _values(vault: Vault, blobs: LocalBlobs) -> list[tuple[str, str]]:
    def put(n: int) -> None:
        _, pending = seal_value(TEXT, f"incident-{n % 16}", vault)
        store(pending, vault, blobs)

    return [(f"texts put, {n} callers", _from(n, PUTS, put)) for n in (1, 32)]


def _blobs(vault: Vault, blobs: LocalBlobs) -> list[tuple[str, str]]:
    def put(n: int) -> None:
        _, pending = seal_bytes(TEXT.encode() * 20, f"source-{n % 16}", vault)
        store(pending, vault, blobs)

    return [(f"deliveries put, {n} callers", _from(n, PUTS // 4, put)) for n in (1, 32)]


def _page(vault: Vault, blobs: LocalBlobs) -> tuple[str, str]:
    cs = []
    for i in range(PAGE):
        sealed, pending = seal_value(f"{i}: {TEXT}", "incident-page", vault)
        store(pending, vault, blobs)
        cs.append(str(sealed.c))
    return f"pages of {PAGE} texts opened", shown(
        rate(200, lambda: [vault.open_many(cs) for _ in range(200)])
    )


def _from(callers: int, count: int, work: Callable[[int], None]) -> str:
    with ThreadPoolExecutor(callers) as pool:
        return shown(rate(count, lambda: list(pool.map(work, range(count)))))
