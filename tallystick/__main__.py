"""``python -m tallystick``: the same as the console script."""

from __future__ import annotations

from tallystick.cli import main

if __name__ == "__main__":
    main()
