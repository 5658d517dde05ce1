"""A thin line between two machines: two network namespaces joined by a pair of tun devices, with a rate, a delay, loss and a
bounded queue in each direction. Needs root and /dev/net/tun.

``python -m firmware_stubs.line`` prints ``{"near": PATH, "far": PATH}``, the two namespaces for ``nsenter --net=PATH``, and obeys
one JSON object a line: ``{"way": "there" | "back" | "both", "set": {...}}`` with the fields of Quality, or ``{"count": true}``.
Each is answered by one line. It ends with its standard input or its parent. The namespaces have no name: the kernel
takes them back when the last process in them has ended, however that ended.
"""

from __future__ import annotations

import ctypes
import dataclasses
import fcntl
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

NEAR, FAR = "10.9.0.1", "10.9.0.2"
"""The addresses of the two ends."""

MTU = 1500

_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x8913, 0x8914, 0x8916, 0x891C
_IFF_UP = 1
_WAYS = ("there", "back")
_MOST_READ = 64
"""Packets read before what is due is delivered."""


@dataclasses.dataclass(frozen=True, slots=True)
class Quality:
    """One direction. ``rate`` bit/s of IP packets, 0 for no bound; ``delay`` seconds; ``loss`` a share of the packets that were
    sent over the line (they cost their time); ``queue`` bytes that may wait, the packet on the line not counted."""

    rate: float = 0.0
    delay: float = 0.0
    loss: float = 0.0
    queue: int = 64 * 1024
    cut: bool = False

    def changed(self, fields: Mapping[str, object]) -> Quality:
        """Raises ValueError or TypeError for what is no field, or out of its range."""
        new = dataclasses.replace(self, **fields)  # type: ignore[arg-type]
        if not (new.rate >= 0 and new.delay >= 0 and 0 <= new.loss <= 1 and new.queue >= 0):
            raise ValueError("a quality of a line is negative, or its loss above 1")
        return new


@dataclasses.dataclass(slots=True)
class Count:
    """Packets: ``dropped`` by the full queue, ``lost`` by chance, ``cut`` while there was no line. ``size`` bytes delivered."""

    delivered: int = 0
    size: int = 0
    dropped: int = 0
    lost: int = 0
    cut: int = 0


class Direction:
    """Pure: told the time (seconds, never going back), it says which packets are due. In order, whatever changes meanwhile."""

    def __init__(self, quality: Quality, seed: int) -> None:
        self.quality = quality
        self.count = Count()
        self._chance = random.Random(seed)  # noqa: S311 - the same losses in every run
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._backlog = 0
        self._free = 0.0
        self._flying: deque[tuple[float, bytes]] = deque()

    def change(self, now: float, quality: Quality) -> None:
        """What waits is sent at the new rate; a cut loses what waits and what is under way."""
        self._serialise(now)
        self.quality = quality
        if quality.cut:
            self.count.cut += len(self._waiting) + len(self._flying)
            self._waiting.clear()
            self._flying.clear()
            self._backlog = 0

    def take(self, now: float, packet: bytes) -> None:
        self._serialise(now)
        if self.quality.cut:
            self.count.cut += 1
            return
        busy = self._free > now or self._waiting
        if self.quality.rate and busy and self._backlog + len(packet) > self.quality.queue:
            self.count.dropped += 1
            return
        self._waiting.append((now, packet))
        self._backlog += len(packet)
        self._serialise(now)

    def due(self, now: float) -> list[bytes]:
        self._serialise(now)
        packets = []
        while self._flying and self._flying[0][0] <= now:
            packet = self._flying.popleft()[1]
            self.count.delivered += 1
            self.count.size += len(packet)
            packets.append(packet)
        return packets

    def next_at(self) -> float | None:
        """When to ask again, unless something comes before."""
        times = ([self._flying[0][0]] if self._flying else []) + ([self._free] if self._waiting else [])
        return min(times, default=None)

    def _serialise(self, now: float) -> None:
        while self._waiting:
            start = max(self._free, self._waiting[0][0])
            if start > now:
                return
            packet = self._waiting.popleft()[1]
            self._backlog -= len(packet)
            rate = self.quality.rate
            self._free = start + (len(packet) * 8 / rate if rate else 0.0)
            if self._chance.random() < self.quality.loss:
                self.count.lost += 1
                continue
            arrives = self._free + self.quality.delay
            self._flying.append((max(arrives, self._flying[-1][0]) if self._flying else arrives, packet))


def _libc(name: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _die_with(parent: int) -> None:
    _libc("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _interface(name: str, address: str) -> None:
    """Gives the interface of this namespace its address in 10.9.0.0/24 and takes it up; ``lo`` keeps its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if address:
            for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.0")):
                where = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(control, request, struct.pack("16s16s", name.encode(), where))
        asked = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16sH14x", name.encode(), 0))
        flags = struct.unpack_from("H", asked, 16)[0] | _IFF_UP
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags))


def _end(address: str) -> tuple[int, int]:
    """A new namespace, in which this thread is from now on, and its tun device. Raises OSError."""
    _libc("unshare", _CLONE_NEWNET)
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH14x", b"line", _IFF_TUN | _IFF_NO_PI))
    # else the kernel speaks on the line by itself
    quiet = Path("/proc/sys/net/ipv6/conf/line/disable_ipv6")
    if quiet.exists():
        quiet.write_text("1")
    _interface("lo", "")
    _interface("line", address)
    return namespace, tun


def _carry(source: int, target: int, commands: socket.socket, seed: int) -> None:
    """One direction, for ever, with a processor's clock of its own."""
    _libc("prctl", _PR_SET_TIMERSLACK, 1, 0, 0, 0)
    way = Direction(Quality(), seed)
    while True:
        at = way.next_at()
        wait = None if at is None else max(0.0, at - time.monotonic())
        readable, _, _ = select.select([source, commands.fileno()], [], [], wait)
        if source in readable:
            for _ in range(_MOST_READ):
                try:
                    way.take(time.monotonic(), os.read(source, 65536))
                except BlockingIOError:
                    break
        for packet in way.due(time.monotonic()):
            try:
                os.write(target, packet)
            except OSError:
                way.count.dropped += 1
        if commands.fileno() in readable and not _obey(way, commands):
            return


def _obey(way: Direction, commands: socket.socket) -> bool:
    said = commands.recv(65536)
    if not said:
        return False
    try:
        way.change(time.monotonic(), way.quality.changed(json.loads(said)))
        answer: dict[str, object] = dataclasses.asdict(way.count)
    except (ValueError, TypeError) as exc:
        answer = {"error": str(exc)}
    commands.send(json.dumps(answer).encode())
    return True


def _direction(source: int, target: int, seed: int) -> socket.socket:
    """Starts a process that carries from one device to the other; the socket that commands it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = os.getpid()
    if os.fork() == 0:
        try:
            _die_with(parent)
            ours.close()
            _carry(source, target, theirs, seed)
        finally:
            os._exit(0)
    theirs.close()
    return ours


def _answer(ways: Mapping[str, socket.socket], said: str) -> dict[str, object]:
    try:
        asked = json.loads(said)
        chosen = _WAYS if asked.get("way", "both") == "both" else (asked["way"],)
        answers: dict[str, object] = {}
        for name in chosen:
            ways[name].send(json.dumps(asked.get("set", {})).encode())
            answers[name] = json.loads(ways[name].recv(65536))
    except (ValueError, KeyError, AttributeError) as exc:
        return {"error": f"{type(exc).__name__}: {exc}"}
    return answers


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    _die_with(os.getppid())
    (near, near_tun), (far, far_tun) = _end(NEAR), _end(FAR)
    ways = {"there": _direction(near_tun, far_tun, seed), "back": _direction(far_tun, near_tun, seed + 1)}
    here = f"/proc/{os.getpid()}/fd"
    sys.stdout.write(json.dumps({"near": f"{here}/{near}", "far": f"{here}/{far}"}) + "\n")
    sys.stdout.flush()
    for said in sys.stdin:
        sys.stdout.write(json.dumps(_answer(ways, said)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
