"""Keys as they are pressed, without Enter."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END = "\x04"
ESCAPE = "\x1b"
LONGEST = 3
FOLLOWS_WITHIN_S = 0.05


@contextmanager
def keypresses() -> Iterator[Callable[[], str]]:
    """Yield what waits for a key (`END` at the end of input); afterwards the terminal is as it was before.

    An arrow is one key: ``ESC [ A`` (up) to ``D``, or ``ESC O A`` from some terminals.
    """
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    # Once for the whole walk, and at once: what is typed ahead is kept.
    tty.setcbreak(terminal, termios.TCSANOW)
    try:
        yield lambda: _key(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _key(terminal: int) -> str:
    key = os.read(terminal, 1).decode("ascii", "replace") or END
    # The key Escape alone sends the byte that an arrow begins with; an arrow's other bytes are there at once.
    while key[0] == ESCAPE and len(key) < LONGEST and select.select([terminal], [], [], FOLLOWS_WITHIN_S)[0]:
        key += os.read(terminal, 1).decode("ascii", "replace")
    return key
