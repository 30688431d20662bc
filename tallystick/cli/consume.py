"""``tallystick consume``: signals from Apache Kafka become facts, each record exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from consumers.kafka.health import served
from consumers.kafka.meters import Meters
from tallystick.cli.options import HomeOption
from tallystick.cli.output import say
from tallystick.consuming import instance_name, read_config, sources_of
from tallystick.logs import log_to_stderr
from tallystick.settings import load_settings
from tallystick.signals import Signals
from tallystick.sources import formats
from tallystick.tokens import INTAKE
from tallystick.wiring import open_engine


def consume(
    *,
    home: HomeOption = None,
    instance: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The name by which it gets its partitions back. [group and host name]"
        ),
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where health is asked for.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65_535, help="Answer /healthz, /readyz and /metrics here."),
    ] = None,
) -> None:
    """Take in Kafka topics until it is stopped.

    Those of config/kafka.yaml. Each record becomes facts exactly once: how far it has come is recorded
    together with them. Several may run, each with an --instance of its own; one that stands still or is
    stopped is taken over from. It runs beside `serve`, which publishes and tells people.
    """
    # Late: the client library takes a tenth of a second that no other command has to wait for.
    from consumers.kafka.deadletters import DeadLetterBox  # noqa: PLC0415 - see above
    from consumers.kafka.intake import KafkaIntake  # noqa: PLC0415 - see above
    from consumers.kafka.session import Setting  # noqa: PLC0415 - see above

    settings = load_settings(home=home)
    log_to_stderr(settings.log_level)
    known = formats(settings.place)
    config = read_config(settings.place.config, known)
    signals, meters = Signals(), Meters()
    with signals.caught(), open_engine(settings) as engine:
        intake = KafkaIntake(
            Setting(
                engine=engine,
                config=config,
                sources=sources_of(config, known),
                instance=instance_name(config, instance),
                principal=INTAKE,
                meters=meters,
            )
        )
        box = DeadLetterBox(engine, config, instance_name(config, instance))
        topics = ", ".join(row.topic for row in config.topics)
        with ExitStack() as stack:
            stack.enter_context(signals.passed_to(intake.stop))
            stack.enter_context(_beside(box.run))
            if port is not None:
                say(f"Health is at http://{host}:{stack.enter_context(served(meters, host, port))}/readyz.")
            say(f"Taking in {topics} from {', '.join(config.brokers)}.")
            intake.run()
    say("Stopped: everything taken in is on disk.")


@contextmanager
def _beside(loop: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run a loop in a thread of its own until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=loop, args=(stop,), name="dead-letters", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
