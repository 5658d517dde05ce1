"""A touch screen and a keyboard for one Wayland client, where the machine has neither and no uinput to make them.

``TouchScreen`` stands between a client and its compositor: it hands on every message with its file descriptors, tells the
client that its seat can touch and has a keyboard, and is both. What it knows of the protocol (wayland.xml 1.21: the wire
format, wl_display, wl_registry, wl_compositor, wl_seat, wl_touch, wl_keyboard; xdg-shell.xml: get_xdg_surface) is what is
written here.

The compositor never hears of the touch and keyboard objects. Since a client's object numbers must have no gaps for it, each
is made as a region there, which nobody uses: both are destroyed by a request without arguments that has the number 0.
"""

from __future__ import annotations

import array
import asyncio
import dataclasses
import itertools
import os
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

HEADER = struct.Struct("=IHH")
MOST_DESCRIPTORS = 28
"""libwayland sends no more in one go."""

DISPLAY = 1
DELETE_ID = 1
SYNC, GET_REGISTRY = 0, 1
BIND = 0
CREATE_SURFACE, CREATE_REGION = 0, 1
GET_KEYBOARD, GET_TOUCH = 1, 2
CAPABILITIES = 0
CAN_KEYBOARD, CAN_TOUCH = 2, 4
GET_XDG_SURFACE = 2
DOWN, UP, MOTION, FRAME = 0, 1, 2, 3
KEYMAP, ENTER, KEY, MODIFIERS = 0, 1, 3, 4
XKB_V1 = 1

LAYOUT = b"""xkb_keymap {
  xkb_keycodes { include "evdev+aliases(qwerty)" };
  xkb_types { include "complete" };
  xkb_compat { include "complete" };
  xkb_symbols { include "pc+us+inet(evdev)" };
};
\0"""
SHIFT, CONTROL, ALT = 1, 4, 8
"""Bits of the modifiers in every layout that "pc" is part of."""

INJECTED_SERIALS = 0x70000000


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """``target`` is the object's number, ``code`` the request or event, ``body`` its arguments."""

    target: int
    code: int
    body: bytes

    def packed(self) -> bytes:
        return HEADER.pack(self.target, self.code, HEADER.size + len(self.body)) + self.body


def messages(data: bytearray) -> Iterator[Message]:
    """The whole messages at the beginning of ``data``, which they leave. Raises ValueError for a size that cannot be."""
    while len(data) >= HEADER.size:
        target, code, size = HEADER.unpack_from(data)
        if size < HEADER.size or size % 4:
            raise ValueError(f"a message of {size} bytes")
        if len(data) < size:
            return
        body = bytes(data[HEADER.size : size])
        del data[:size]
        yield Message(target, code, body)


def _text(body: bytes, at: int) -> tuple[str, int]:
    """The string at ``at`` and where the next argument begins."""
    (length,) = struct.unpack_from("=I", body, at)
    return body[at + 4 : at + 4 + length - 1].decode(), at + 4 + (length + 3) // 4 * 4


def _fixed(number: float) -> int:
    return round(number * 256)


class TouchScreen:
    """``async with TouchScreen(client_at, compositor_at)``: the client connects to the socket ``client_at``.

    ``tap``, ``swipe`` and ``press`` go to the last window that a client showed; coordinates are its pixels.
    Raises NotReadyError where there is no window yet that asked for touch and keys.
    """

    def __init__(self, client_at: Path, compositor_at: Path) -> None:
        self._client_at = client_at
        self._compositor_at = compositor_at
        self._clients: list[_Client] = []

    async def __aenter__(self) -> TouchScreen:
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(self._client_at))
        self._listening.listen()
        asyncio.get_running_loop().add_reader(self._listening, self._accept)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        self._client_at.unlink(missing_ok=True)
        for client in self._clients:
            client.close()

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        compositor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        compositor.connect(str(self._compositor_at))
        self._clients.append(_Client(client, compositor))

    @property
    def ready(self) -> bool:
        return any(client.ready for client in self._clients)

    @property
    def windows(self) -> int:
        """How many windows clients have now."""
        return sum(len(client.windows) for client in self._clients if not client.closed)

    def _front(self) -> _Client:
        ready = [client for client in self._clients if client.ready]
        if not ready:
            raise NotReadyError
        return ready[-1]

    def tap(self, x: float, y: float) -> None:
        front = self._front()
        front.down(x, y)
        front.up()

    def swipe(self, x: float, y: float, down: float, steps: int = 16) -> None:
        """A finger that goes down at (x, y), slides by ``down`` pixels (up where negative) and lifts."""
        front = self._front()
        front.down(x, y)
        for step in range(1, steps + 1):
            front.motion(x, y + down * step / steps)
        front.up()

    def press(self, key: int, modifiers: int = 0) -> None:
        """Presses and lifts a key (its number in linux/input-event-codes.h) with SHIFT, CONTROL, ALT held."""
        self._front().press(key, modifiers)


class NotReadyError(Exception):
    """No window yet that asked for touch and keys."""


class _Client:
    """One client, its compositor, and what both said of the objects that matter here."""

    def __init__(self, client: socket.socket, compositor: socket.socket) -> None:
        self._client = client
        self._compositor = compositor
        self._rest = {client: bytearray(), compositor: bytearray()}
        self._waiting = {client: array.array("i"), compositor: array.array("i")}
        self._kinds: dict[int, str] = {DISPLAY: "wl_display"}
        self._globals: dict[int, str] = {}
        self._serials = itertools.count(INJECTED_SERIALS)
        self.windows: list[int] = []
        self.closed = False
        loop = asyncio.get_running_loop()
        for one in (client, compositor):
            loop.add_reader(one, self._read, one)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            for one in (self._client, self._compositor):
                asyncio.get_running_loop().remove_reader(one)
                one.close()

    @property
    def ready(self) -> bool:
        return not self.closed and bool(self.windows and self._objects("wl_touch") and self._objects("wl_keyboard"))

    def _objects(self, kind: str) -> list[int]:
        return [number for number, known in self._kinds.items() if known == kind]

    def _read(self, source: socket.socket) -> None:
        space = socket.CMSG_SPACE(MOST_DESCRIPTORS * 4)
        try:
            data, more, _flags, _address = source.recvmsg(65536, space)
        except OSError:
            data, more = b"", []
        descriptors = array.array("i")
        for level, kind, content in more:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
        if not data:
            self.close()
            return
        self._rest[source] += data
        change = self._from_client if source is self._client else self._from_compositor
        onward = b"".join(one.packed() for message in messages(self._rest[source]) for one in change(message))
        self._waiting[source] += descriptors
        if onward:
            # they are taken in the order of the messages that name them: they may come early, never late
            descriptors, self._waiting[source] = self._waiting[source], array.array("i")
            self._send(self._compositor if source is self._client else self._client, onward, descriptors)
            for descriptor in descriptors:
                os.close(descriptor)

    def _send(self, to: socket.socket, data: bytes, descriptors: array.array[int] | None = None) -> None:
        more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else []
        sent = to.sendmsg([data], more)
        to.sendall(data[sent:])

    # --- what passes

    def _from_client(self, said: Message) -> list[Message]:
        kind = self._kinds.get(said.target, "")
        if (kind, said.code) in {("wl_seat", GET_TOUCH), ("wl_seat", GET_KEYBOARD)}:
            (number,) = struct.unpack("=I", said.body)
            self._kinds[number] = "wl_touch" if said.code == GET_TOUCH else "wl_keyboard"
            if said.code == GET_KEYBOARD:
                self._give_layout(number)
            return [Message(self._objects("wl_compositor")[0], CREATE_REGION, said.body)]
        if kind in {"wl_touch", "wl_keyboard"}:
            self._kinds[said.target] = "released"
        elif (kind, said.code) == ("wl_display", GET_REGISTRY):
            self._name(said.body, "wl_registry")
        elif (kind, said.code) == ("wl_compositor", CREATE_SURFACE):
            self._name(said.body, "wl_surface")
        elif (kind, said.code) == ("wl_registry", BIND):
            (name,) = struct.unpack_from("=I", said.body)
            (number,) = struct.unpack_from("=I", said.body, len(said.body) - 4)
            self._kinds[number] = self._globals[name]
        elif (kind, said.code) == ("xdg_wm_base", GET_XDG_SURFACE):
            _, surface = struct.unpack("=II", said.body)
            self.windows.append(surface)
        return [said]

    def _name(self, body: bytes, kind: str) -> None:
        (number,) = struct.unpack_from("=I", body)
        self._kinds[number] = kind

    def _from_compositor(self, said: Message) -> list[Message]:
        kind = self._kinds.get(said.target, "")
        if kind == "wl_registry" and said.code == 0:
            (name,) = struct.unpack_from("=I", said.body)
            self._globals[name] = _text(said.body, 4)[0]
        elif (kind, said.code) == ("wl_seat", CAPABILITIES):
            (can,) = struct.unpack("=I", said.body)
            return [Message(said.target, CAPABILITIES, struct.pack("=I", can | CAN_KEYBOARD | CAN_TOUCH))]
        elif (kind, said.code) == ("wl_display", DELETE_ID):
            (number,) = struct.unpack("=I", said.body)
            self._kinds.pop(number, None)
            if number in self.windows:
                self.windows.remove(number)
        return [said]

    # --- what the screen and the keyboard say

    def _say(self, kind: str, code: int, body: bytes = b"") -> None:
        for number in self._objects(kind):
            self._send(self._client, Message(number, code, body).packed())

    def _now(self) -> int:
        return int(time.monotonic() * 1000) & 0xFFFFFFFF

    def _give_layout(self, keyboard: int) -> None:
        descriptor = os.memfd_create("layout")
        os.write(descriptor, LAYOUT)
        said = Message(keyboard, KEYMAP, struct.pack("=II", XKB_V1, len(LAYOUT)))
        self._send(self._client, said.packed(), array.array("i", [descriptor]))
        os.close(descriptor)

    def down(self, x: float, y: float) -> None:
        body = struct.pack("=IIIiii", next(self._serials), self._now(), self.windows[-1], 0, _fixed(x), _fixed(y))
        self._say("wl_touch", DOWN, body)
        self._say("wl_touch", FRAME)

    def motion(self, x: float, y: float) -> None:
        self._say("wl_touch", MOTION, struct.pack("=Iiii", self._now(), 0, _fixed(x), _fixed(y)))
        self._say("wl_touch", FRAME)

    def up(self) -> None:
        self._say("wl_touch", UP, struct.pack("=IIi", next(self._serials), self._now(), 0))
        self._say("wl_touch", FRAME)

    def press(self, key: int, modifiers: int) -> None:
        enter = struct.pack("=III", next(self._serials), self.windows[-1], 0)
        self._say("wl_keyboard", ENTER, enter)
        self._say("wl_keyboard", MODIFIERS, struct.pack("=IIIII", next(self._serials), modifiers, 0, 0, 0))
        for state in (1, 0):
            self._say("wl_keyboard", KEY, struct.pack("=IIII", next(self._serials), self._now(), key, state))
        self._say("wl_keyboard", MODIFIERS, struct.pack("=IIIII", next(self._serials), 0, 0, 0, 0))
