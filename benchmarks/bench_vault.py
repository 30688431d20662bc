"""How many sealed values and blobs a second become durable, from one caller and from 32."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from application.blobs import Blobs
from application.sealing import seal_bytes, seal_value, store
from application.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

PUTS = 2000
READ = 50
TEXT = "Rolled back to 4.2.1; error rate is falling, keeping the incident open for another half hour. " * 3


def measure() -> dict[str, float]:
    """Return rates of durable puts, and the time it takes to read the values of one page."""
    with tempfile.TemporaryDirectory() as home:
        vault, blobs = Vault(Path(home) / "vault.db", bytes(32)), Blobs(Path(home) / "blobs")
        try:
            return {
                **_rates("vault_puts_per_s", PUTS, lambda n: _put(vault, blobs, n)),
                **_rates("blob_puts_per_s", PUTS // 4, lambda n: _put_blob(vault, blobs, n)),
                f"open_{READ}_values_ms": _read(vault),
            }
        finally:
            vault.close()


def _rates(name: str, puts: int, put: Callable[[int], None]) -> dict[str, float]:
    return {f"{name}_{callers}": _rate(puts, callers, put) for callers in (1, 32)}


def _rate(puts: int, callers: int, put: Callable[[int], None]) -> float:
    def work() -> None:
        for n in range(puts // callers):
            put(n)

    threads = [threading.Thread(target=work) for _ in range(callers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return puts // callers * callers / (time.perf_counter() - started)


def _put(vault: Vault, blobs: Blobs, n: int) -> None:
    _, pending = seal_value(TEXT, f"incident-{n % 16}", vault)
    store(pending, vault, blobs)


def _put_blob(vault: Vault, blobs: Blobs, n: int) -> None:
    _, pending = seal_bytes(TEXT.encode() * 20, f"source-{n % 4}", vault)
    store(pending, vault, blobs)


def _read(vault: Vault) -> float:
    """Return milliseconds for one page of values."""
    cs = [c for (c,) in vault.select("SELECT c FROM sealed WHERE box IS NOT NULL ORDER BY seq LIMIT ?", READ)]
    started = time.perf_counter()
    for _ in range(20):
        assert len(vault.open_many(cs)) == len(cs)
    return (time.perf_counter() - started) / 20 * 1000


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:24} {value:10.1f}")
