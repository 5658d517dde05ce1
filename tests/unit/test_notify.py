"""sd_notify(3), heard on a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog.testing

from edge.mains import notify


@pytest.fixture(params=["path", "abstract"])
def supervisor(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    if request.param == "path":
        bound = told = str(tmp_path / "notify")
    else:
        bound, told = f"\0telecart-test-{os.getpid()}", f"@telecart-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(bound)
        listening.settimeout(20.0)
        monkeypatch.setenv("NOTIFY_SOCKET", told)
        yield listening


def test_ready_is_one_datagram(supervisor: socket.socket) -> None:
    notify.ready()
    assert supervisor.recv(100) == b"READY=1"


def test_watchdog_is_one_datagram_each(supervisor: socket.socket) -> None:
    notify.watchdog()
    notify.watchdog()
    assert [supervisor.recv(100), supervisor.recv(100)] == [b"WATCHDOG=1", b"WATCHDOG=1"]


def test_nobody_to_tell_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with structlog.testing.capture_logs() as logs:
        notify.ready()
    assert logs == []


def test_a_supervisor_that_is_gone_is_logged_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with structlog.testing.capture_logs() as logs:
        notify.ready()
    assert [entry["event"] for entry in logs] == ["systemd_not_told"]
