"""``python -m tests.call.burner``: takes 70 % of one processor until its standard input ends. One for each processor makes a busy machine."""

from __future__ import annotations

import select
import sys
import time

BUSY, IDLE = 0.035, 0.015


def main() -> None:
    print("{}", flush=True)
    while not select.select([sys.stdin], [], [], IDLE)[0]:
        end = time.monotonic() + BUSY
        while time.monotonic() < end:
            pass


if __name__ == "__main__":
    main()
