"""``python -m tests.call.camera FILE``: draws the ring into FILE, prints a line, then takes 30 pictures a second until its standard
input ends. A process of its own, so that drawing costs no sender anything."""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path

from tests.call.scene import RATE, SIZE, Ring


def main() -> None:
    path = Path(sys.argv[1])
    with path.open("wb") as file:
        file.truncate(SIZE)
    ring = Ring(path)
    ring.draw()
    epoch = ring.words[1] = int(1000 * time.time())
    print("{}", flush=True)
    due = time.monotonic()
    while True:
        wait = max(0.0, due - time.monotonic())
        if select.select([sys.stdin], [], [], wait)[0]:
            return
        ring.take(int(1000 * time.time()) - int(epoch), time.monotonic_ns())
        due = max(due + 1 / RATE, time.monotonic())


if __name__ == "__main__":
    main()
