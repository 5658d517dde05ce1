"""The thin line between two namespaces: what it does to packets, told the time; and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware_stubs.line import FAR, Direction, Quality
from tests import needs

PACKET = b"x" * 1250
"""10 ms at 1 Mbit/s."""


def test_a_packet_takes_its_time_on_the_line_and_the_delay() -> None:
    way = Direction(Quality(rate=1e6, delay=0.075), seed=1)
    way.take(5.0, PACKET)
    assert way.next_at() == pytest.approx(5.085)
    assert way.due(5.084) == []
    assert way.due(5.086) == [PACKET]
    assert way.next_at() is None


def test_packets_wait_for_one_another() -> None:
    way = Direction(Quality(rate=1e6), seed=1)
    for _ in range(3):
        way.take(5.0, PACKET)
    assert [len(way.due(at)) for at in (5.0099, 5.0101, 5.0199, 5.0201, 5.0301)] == [0, 1, 0, 1, 1]


def test_a_full_queue_drops_the_newest() -> None:
    way = Direction(Quality(rate=1e6, queue=2 * len(PACKET)), seed=1)
    packets = [bytes([number]) * len(PACKET) for number in range(5)]
    for packet in packets:
        way.take(5.0, packet)
    assert way.due(9.0) == packets[:3], "one on the line and two in the queue"
    assert (way.count.delivered, way.count.dropped, way.count.size) == (3, 2, 3 * len(PACKET))


def test_the_loss_is_the_share_asked_for_and_the_same_for_the_same_seed() -> None:
    def arrived(seed: int) -> list[bytes]:
        way = Direction(Quality(loss=0.02), seed)
        for number in range(20_000):
            way.take(5.0, number.to_bytes(4, "big"))
        found = way.due(5.0)
        assert way.count.lost + len(found) == 20_000
        return found

    assert 300 < 20_000 - len(arrived(1)) < 500
    assert arrived(1) == arrived(1)
    assert arrived(1) != arrived(2)


def test_what_waits_is_sent_at_the_new_rate_and_stays_in_order() -> None:
    way = Direction(Quality(rate=1e5, delay=0.5), seed=1)
    for number in range(3):
        way.take(5.0, bytes([number]) * len(PACKET))
    way.change(5.05, Quality(rate=1e6))
    assert [packet[0] for packet in way.due(5.61)] == [0, 1, 2]
    assert way.due(9.0) == []


def test_a_cut_loses_what_is_under_way_and_what_comes() -> None:
    way = Direction(Quality(delay=1.0), seed=1)
    way.take(5.0, PACKET)
    way.change(5.1, Quality(delay=1.0, cut=True))
    way.take(5.2, PACKET)
    assert way.due(9.0) == []
    assert way.count.cut == 2
    way.change(9.0, Quality())
    way.take(9.0, PACKET)
    assert way.due(9.0) == [PACKET]


@pytest.mark.parametrize("fields", [{"rate": -1}, {"loss": 1.5}, {"delay": -0.1}, {"colour": 3}])
def test_a_line_that_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Quality().changed(fields)


ECHO = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind((sys.argv[1], 7000))
    print("ready", flush=True)
    while True:
        s.sendto(*s.recvfrom(2000))
"""

ASK = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(float(sys.argv[2]))
    began = time.monotonic()
    s.sendto(b"x" * 100, (sys.argv[1], 7000))
    try:
        s.recv(2000)
        print(time.monotonic() - began)
    except TimeoutError:
        print("nothing")
"""


def _tell(line: subprocess.Popen[str], said: dict[str, object]) -> dict[str, dict[str, int]]:
    assert line.stdin is not None
    assert line.stdout is not None
    line.stdin.write(json.dumps(said) + "\n")
    line.stdin.flush()
    answer: dict[str, dict[str, int]] = json.loads(line.stdout.readline())
    return answer


def _ask(near: str, seconds: float) -> str:
    command = ["nsenter", f"--net={near}", sys.executable, "-c", ASK, FAR, str(seconds)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def _gone(inode: int) -> bool:
    """No process is in the namespace any more."""
    for namespace in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            if namespace.stat().st_ino == inode:
                return False
        except OSError:
            continue
    return True


@pytest.mark.timeout(200)
def test_two_namespaces_speak_over_the_line_and_a_killed_line_leaves_nothing() -> None:
    needs.root()
    needs.program("nsenter", "util-linux")
    if not Path("/dev/net/tun").exists():
        needs.lacking("/dev/net/tun", "a kernel with the tun driver")
    line = subprocess.Popen(
        [sys.executable, "-m", "firmware_stubs.line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    echo = None
    try:
        assert line.stdout is not None
        ends: dict[str, str] = json.loads(line.stdout.readline())
        inodes = {Path(path).stat().st_ino for path in ends.values()}
        assert len(inodes | {Path("/proc/self/ns/net").stat().st_ino}) == 3
        echo = subprocess.Popen(
            ["nsenter", f"--net={ends['far']}", sys.executable, "-c", ECHO, FAR], stdout=subprocess.PIPE, text=True
        )
        assert echo.stdout is not None
        assert echo.stdout.readline() == "ready\n"
        _tell(line, {"set": {"rate": 1e6, "delay": 0.075}})
        assert float(_ask(ends["near"], 60)) >= 0.15
        count = _tell(line, {"count": True})
        assert count["there"]["delivered"] >= 1
        assert count["back"]["size"] >= 128

        _tell(line, {"way": "back", "set": {"cut": True}})
        assert _ask(ends["near"], 1) == "nothing"
        assert _tell(line, {"count": True})["back"]["cut"] >= 1
        assert "error" in _tell(line, {"set": {"loss": 7}})["there"]
    finally:
        line.send_signal(signal.SIGKILL)
        line.communicate()
        if echo is not None:
            echo.kill()
            echo.communicate()
    until = time.monotonic() + 30
    while not all(_gone(inode) for inode in inodes) and time.monotonic() < until:
        os.sched_yield()
    assert all(_gone(inode) for inode in inodes)
    with pytest.raises(FileNotFoundError):
        Path(ends["near"]).stat()
    assert "line" not in [name for _, name in socket.if_nameindex()]
