"""Keys as they are pressed, without Enter."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END = "\x04"


@contextmanager
def keypresses() -> Iterator[Callable[[], str]]:
    """Yield what waits for a key (`END` at the end of input); afterwards the terminal is as it was before."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    # Once for the whole walk, and at once: what is typed ahead is kept.
    tty.setcbreak(terminal, termios.TCSANOW)
    try:
        yield lambda: os.read(terminal, 1).decode("ascii", "replace") or END
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
