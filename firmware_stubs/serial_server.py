"""Serial servers on the network, on loopback: RFC 2217 (which carries the line's settings) and a plain socket.

The far side of RFC 2217 is pyserial's own PortManager. A server whose client asks for other settings than the device's
hands over what a UART with those settings would make of the device's bits.
"""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import weakref
from collections.abc import Callable
from typing import Final

from serial import rfc2217

from firmware_stubs.serial.uart import Settings, resampled

_MOST_WAITING: Final = 65_536
"""Bytes that wait for a client that does not read; more are lost."""


class SocketServer:
    """A Cable whose ``port`` is a ``socket://`` URL: one client at a time, whose settings count for nothing."""

    scheme = "socket"

    def __init__(self) -> None:
        self.port = ""
        self.clients = 0
        self._address = ("127.0.0.1", 0)
        self._settings = Settings(0)
        self._heard: Callable[[bytes], None] = lambda _data: None
        self._listening: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None
        self._client: _Client | None = None

    def connect(self, settings: Settings, heard: Callable[[bytes], None]) -> None:
        self._settings, self._heard = settings, heard
        self.plug()

    def plug(self) -> None:
        if not self._address[1]:
            # while the server is off nobody else gets its address
            held = self._bound()
            self._address = held.getsockname()
            weakref.finalize(self, held.close)
        self._listening = self._bound()
        self._listening.listen()
        self._listening.setblocking(False)
        self.port = f"{self.scheme}://{self._address[0]}:{self._address[1]}"
        self._serving = asyncio.get_running_loop().create_task(self._accept(self._listening))

    def unplug(self) -> None:
        """The server is off: its client hangs up, and no other comes in."""
        if self._serving is not None:
            self._serving.cancel()
        if self._listening is not None:
            self._listening.close()
        self.hang_up()

    def hang_up(self) -> None:
        """The connection is lost; the server stays."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def send(self, data: bytes) -> None:
        if self._client is not None:
            self._client.send(data)

    def deafen(self) -> None:
        self._heard = lambda _data: None
        if self._client is not None:
            self._client.stop_reading()

    def _bound(self) -> socket.socket:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(self._address)
        return bound

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listening)
            self.hang_up()
            client = self._serve()
            await loop.connect_accepted_socket(lambda client=client: client, connection)  # type: ignore[misc]
            self._client = client
            self.clients += 1

    def _serve(self) -> _Client:
        return _Client(self._heard_from_client)

    def _heard_from_client(self, data: bytes) -> None:
        self._heard(data)


class Rfc2217Server(SocketServer):
    """A Cable whose ``port`` is an ``rfc2217://`` URL."""

    scheme = "rfc2217"

    def _serve(self) -> _Client:
        return _Rfc2217Client(self._heard_from_client, self._settings)


class _Client(asyncio.Protocol):
    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None

    def send(self, data: bytes) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size() < _MOST_WAITING:
            self._transport.write(data)

    def stop_reading(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


@dataclasses.dataclass
class _Port:
    """The serial port that PortManager sets, and whose lines it asks about."""

    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1
    xonxoff: bool = False
    rtscts: bool = False
    dtr: bool = False
    rts: bool = False
    break_condition: bool = False
    cts: bool = True
    dsr: bool = True
    ri: bool = False
    cd: bool = True

    def reset_input_buffer(self) -> None:
        """Nothing waits in it: what comes is handed over at once."""

    def reset_output_buffer(self) -> None:
        """The same."""


class _Rfc2217Client(_Client):
    def __init__(self, heard: Callable[[bytes], None], device: Settings) -> None:
        super().__init__(heard)
        self._device = device
        self._port = _Port()
        self._manager: rfc2217.PortManager | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._manager = rfc2217.PortManager(self._port, transport)

    def data_received(self, data: bytes) -> None:
        if self._manager is not None and (said := b"".join(self._manager.filter(data))):
            self._heard(said)

    def send(self, data: bytes) -> None:
        if self._manager is not None:
            asked = Settings(self._port.baudrate, self._port.bytesize, self._port.parity, self._port.stopbits)
            super().send(b"".join(self._manager.escape(resampled(data, self._device, asked))))
