"""A process that takes in deliveries and commands on a home, and says what was acknowledged.

``python -m tests.support.deliverer HOME GO COUNT SEED``: waits for the file GO, then does COUNT things from
three threads, chosen at random by SEED from few alerts, so that processes meet in the same streams. A line
for each receipt: the delivery id, tab, the event ids. Follows the log meanwhile, as `serve` does.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from application.engine import Engine
from application.follower import run_follower
from application.steps import run
from consumers.webhook import SOURCES
from domain.intake.commands import AttachAlert
from ledger.append import Receipt
from tallystick.settings import load_settings
from tallystick.wiring import open_engine
from tests.support.meaning import INTAKE
from tests.support.use_cases import an_alert, ask, message, stream_of

PODS = tuple(str(n) for n in range(8))
STARTS = tuple(f"2026-03-01T0{hour}:00:00Z" for hour in range(4))


def deliver(engine: Engine, choice: random.Random) -> None:
    """Deliver a few alerts, some of them ends, in one of two groups."""
    alerts = [
        an_alert(
            choice.choice(("firing", "firing", "resolved")), choice.choice(STARTS), pod=choice.choice(PODS)
        )
        for _ in range(choice.randint(1, 30))
    ]
    body = message(*alerts, groupKey=choice.choice("ab"))
    told = run(SOURCES["alertmanager"](engine, body, {}, INTAKE))
    say(told.delivery_id, told.receipt)


def attach(engine: Engine, choice: random.Random) -> None:
    """Attach an alert to an incident that is known already; the rules may say no."""
    rows = engine.index.rows()
    if rows:
        command = AttachAlert(alert=stream_of(an_alert(pod=choice.choice(PODS))), why="It belongs here, too.")
        outcome = ask(engine, command, choice.choice(rows).stream)
        if isinstance(outcome, Receipt):
            say("", outcome)


def say(delivery: str, receipt: Receipt) -> None:
    """Write one line, in one piece: a promise that is kept or was never made."""
    os.write(1, f"{delivery}\t{' '.join(row.event_id for row in receipt.rows)}\n".encode())


def main(home: Path, go: Path, count: int, seed: int) -> None:
    """Do everything, then end."""
    stop = threading.Event()
    with open_engine(load_settings(home=home)) as engine:
        follower = threading.Thread(target=run_follower, args=(engine.follower, engine.commits, stop))
        follower.start()
        try:
            while not go.exists():
                time.sleep(0.001)
            choices = [random.Random(seed * 1_000 + n) for n in range(count)]
            with ThreadPoolExecutor(3) as pool:
                deeds = [
                    pool.submit(attach if n % 4 == 0 else deliver, engine, choice)
                    for n, choice in enumerate(choices)
                ]
            for deed in deeds:
                deed.result()
        finally:
            stop.set()
            follower.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
