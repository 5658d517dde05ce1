"""The users of a scale: User Data Service 0x181C, UDS 1.1.1, with consent codes."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable

from bumble.att import ATT_Error
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

UNKNOWN_USER = 0xFF
REGISTER, CONSENT, DELETE_DATA, RESPONSE = 1, 2, 3, 0x20
SUCCESS, OP_NOT_SUPPORTED, INVALID_PARAMETER, OPERATION_FAILED, NOT_AUTHORISED = 1, 2, 3, 4, 5
NOT_CONFIGURED = 0xFD
"""Core Specification Supplement, Part B: Client Characteristic Configuration Descriptor Improperly Configured."""


class UserData(Service):
    """``codes`` maps each user slot (0 to 254) to its consent code (0 to 9999).

    ``requests`` is what was written to the control point. ``agreed`` is the slot that the central may see now.
    """

    def __init__(self, slots: int = 4) -> None:
        self.slots = slots
        self.codes: dict[int, int] = {}
        self.requests: list[bytes] = []
        self.agreed: int | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.indicate: Callable[[Connection, bytes], Awaitable[None]] | None = None
        self.subscribed: Callable[[], bool] = lambda: True
        index: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A9A),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            CharacteristicValue(
                read=lambda _connection: bytes([UNKNOWN_USER if self.agreed is None else self.agreed]),
            ),
        )
        # a device without any of the user's own data (age, height) has this one still
        increment: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A99),
            Characteristic.Properties.READ | Characteristic.Properties.NOTIFY,
            Characteristic.READABLE,
            bytes(4),
        )
        self.point: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A9F),
            Characteristic.Properties.WRITE | Characteristic.Properties.INDICATE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self._write),
        )
        super().__init__(UUID.from_16_bits(0x181C), [increment, index, self.point])

    def new_batteries(self) -> None:
        """A change of batteries wipes every user."""
        self.codes.clear()
        self.agreed = None

    def _write(self, connection: Connection, value: bytes) -> None:
        if not self.subscribed():
            raise ATT_Error(NOT_CONFIGURED)
        self.requests.append(value)
        answer = bytes([RESPONSE, value[0] if value else 0]) + self._obey(value)
        assert self.indicate is not None
        connection.cancel_on_disconnection(self.indicate(connection, answer))
        self.on_change()

    def _obey(self, value: bytes) -> bytes:
        """The response value, and the parameter where there is one (UDS 1.1.1, tables 3.8 to 3.11)."""
        op = value[0] if value else 0
        if op == REGISTER:
            if len(value) != 3 or (code := struct.unpack("<H", value[1:])[0]) > 9999:
                return bytes([INVALID_PARAMETER])
            free = next((slot for slot in range(self.slots) if slot not in self.codes), None)
            if free is None:
                return bytes([OPERATION_FAILED])
            self.codes[free] = code
            return bytes([SUCCESS, free])
        if op == CONSENT:
            if len(value) != 4:
                return bytes([INVALID_PARAMETER])
            slot, code = struct.unpack("<BH", value[1:])
            if self.codes.get(slot) != code:
                return bytes([NOT_AUTHORISED])
            self.agreed = slot
            return bytes([SUCCESS])
        if op == DELETE_DATA:
            if self.agreed is None:
                return bytes([NOT_AUTHORISED])
            del self.codes[self.agreed]
            self.agreed = None
            return bytes([SUCCESS])
        return bytes([OP_NOT_SUPPORTED])
