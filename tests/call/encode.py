"""``python -m tests.call.encode FILE BITS SECONDS``: prints how many seconds a second x264 superfast takes for the camera's 720p pictures at
BITS a second, as they come, and nothing else: no conversion, no packets."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import av

from sync.consult.video.encoders import CLOCK_HZ, X264, ceiling_for
from tests.call.scene import HEIGHT, RATE, SLOTS, WIDTH, Ring


def main() -> None:
    ring, bits, seconds = Ring(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
    encoder = X264(WIDTH, HEIGHT, bits, ceiling_for(HEIGHT, bits))
    began = time.monotonic()
    spent, before, count = 0.0, int(ring.words[0]), 0
    while time.monotonic() < began + seconds:
        taken = int(ring.words[0])
        if taken == before:
            time.sleep(0.002)
            continue
        picture = av.VideoFrame.from_ndarray(ring.i420[(taken - 1) % SLOTS], format="yuv420p")
        picture.pts = int((time.monotonic() - began) * CLOCK_HZ)
        start = time.process_time()
        encoder.encode(picture, key=count == 0)
        spent += time.process_time() - start
        before, count = taken, count + 1
    print(json.dumps({"core": spent / count * RATE, "pictures": count}), flush=True)


if __name__ == "__main__":
    main()
