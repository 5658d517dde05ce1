"""`python -m tests.unruly_worker`: a reader that does what its file says, so that its limits are seen to hold."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

from edge.domain.fault import Fault, Reason
from edge.foreign.serving import serve


def deep(level: int) -> int:
    return deep(level + 1) + 1


def read(data: bytes) -> str:
    word, _, rest = data.decode().partition(" ")
    match word:
        case "echo":
            return rest
        case "take":
            taken = bytearray(int(rest))
            taken[::4096] = b"x" * len(taken[::4096])
            return f"{len(taken)} bytes"
        case "spin":
            while True:
                pass
        case "die":
            os._exit(3)
        case "deep":
            return str(deep(0))
        case "fault":
            raise Fault(Reason.CORRUPT_FILE, "it is corrupt\x1b[2J\nreally", "do this")
        case "raise":
            raise KeyError("MARTIN^Jeanne")
        case "long":
            return "x" * int(rest)
        case "print":
            print("MARTIN^Jeanne")
            print("MARTIN^Jeanne", file=sys.stderr)
            return "printed"
        case _:
            return refused(word)


def refused(act: str) -> str:
    try:
        match act:
            case "open":
                Path("/etc/passwd").read_bytes()
            case "parent":
                Path(f"/proc/{os.getppid()}/mem").open("rb").close()
            case "socket":
                socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
            case "program":
                subprocess.run(["/bin/true"], check=False)
            case "fork":
                if os.fork() == 0:
                    os._exit(0)
            case "limits":
                resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
            case "kill":
                os.kill(os.getppid(), 0)
    except OSError as exc:
        return type(exc).__name__
    return "done"


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        serve(read)
