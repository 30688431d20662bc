"""What the program says about itself while it works: to standard error, never a secret, never a sealed text.

For people on a terminal, else one JSON object a line. What libraries say by the standard way, from warnings
on, goes there too.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog


def log_to_stderr(level: str) -> None:
    """Send what is at least as grave as ``level`` (a name such as INFO) to standard error."""
    terminal = sys.stderr.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
        # Asked for anew each time: standard error may be another one by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        cache_logger_on_first_use=False,
    )
