"""``tallystick serve``: the whole service in one process."""

from __future__ import annotations

import ipaddress
import socket
from typing import Annotated

import typer

from application.engine import Engine
from tallystick.cli.init import check_name, next_steps
from tallystick.cli.options import HomeOption
from tallystick.cli.output import say, tell
from tallystick.initialise import check_empty, initialise
from tallystick.listening import address_of, listening_socket
from tallystick.logs import log_to_stderr
from tallystick.serving_lock import serving_lock
from tallystick.settings import Settings, load_settings
from tallystick.signals import Signals, Stopped
from tallystick.wiring import running


def serve(
    *,
    home: HomeOption = None,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to listen. [TALLYSTICK_HOST, else 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65_535, help="[TALLYSTICK_PORT, else 8017]")
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes; one serves a home on SQLite.")] = 1,
) -> None:
    """Serve a home over HTTP.

    One process with everything inside: API, pages, the log, the publisher, followers. Makes the home first if
    there is none. A home that lacks what it has promised is served read-only, and says why.
    """
    if workers != 1:
        raise typer.BadParameter(
            f"expected 1, found {workers}: one process serves a home on SQLite, which has one writer",
            param_hint="--workers",
        )
    settings = load_settings(home=home, host=host, port=port)
    log_to_stderr(settings.log_level)
    signals = Signals()
    with signals.caught(), listening_socket(settings.host, settings.port) as bound:
        try:
            _serve(settings, bound, signals)
        except Stopped:
            say("Stopped before it served.")


def _serve(settings: Settings, bound: socket.socket, signals: Signals) -> None:
    home = settings.place
    if not home.initialised:
        check_empty(home)
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with serving_lock(home):
        if not home.initialised:
            _make_home(settings)
        _run(settings, bound, signals)


def _run(settings: Settings, bound: socket.socket, signals: Signals) -> None:
    # Here, because FastAPI and uvicorn take half a second that no other command has to wait for.
    from tallystick.service import build_app  # noqa: PLC0415 - see above
    from tallystick.serving import Server  # noqa: PLC0415 - see above

    with running(settings) as engine:

        def ready() -> None:
            signals.serving()
            for line in welcome(settings, engine, address_of(bound)):
                say(line)

        Server(build_app(settings, engine), ready).run([bound])
        say("Stopped: everything acknowledged is on disk.")


def _make_home(settings: Settings) -> None:
    if settings.origin is not None:
        check_name(settings.origin)
    initialise(settings.place, origin=settings.origin, profile=settings.profile)
    say(f"There was no ledger in {settings.home}, so a new one was made.")
    for line in next_steps(settings.place)[-4:]:
        tell(line)


def welcome(settings: Settings, engine: Engine, address: str) -> tuple[str, ...]:
    """Return what an operator wants to know at the start; never a token."""
    home = settings.place
    lines = [
        f"Tallystick serves {home.path} at {address}",
        f"  verifier key  {engine.vkey}",
        f"  your token    in {home.admin_token}",
        f"  Alertmanager  webhook_configs: url {address}/v1/signals/alertmanager",
        f"                http_config.authorization.credentials_file {home.intake_token.absolute()}",
        "  stop          Ctrl-C",
    ]
    if not _loopback(settings.host):
        lines.append(f"  {settings.host} can be reached from outside: put TLS in front of it.")
    if engine.writer.refusal is not None:
        lines += ["", "READ-ONLY. Nothing is written:", f"  {engine.writer.refusal}"]
    return tuple(lines)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
