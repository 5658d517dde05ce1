"""What can go wrong, each kind with what a person can do about it."""

from __future__ import annotations

import enum


class Reason(enum.StrEnum):
    """Why something failed. Callers branch on this, never on the text."""

    UNDECODABLE = "undecodable"
    CHECKSUM = "checksum"
    NOT_A_READING = "not_a_reading"
    UNKNOWN_DEVICE = "unknown_device"
    LINK_LOST = "link_lost"
    LINK_REFUSED = "link_refused"
    CORRUPT_FILE = "corrupt_file"
    NO_RESIDENT = "no_resident"
    RESIDENT_CHANGED = "resident_changed"
    NOT_ALLOWED = "not_allowed"
    STORE_KEY = "store_key"
    STORE_VERSION = "store_version"
    STORE_IO = "store_io"
    STORE_FULL = "store_full"
    NO_ROOM = "no_room"
    STORE_DAMAGED = "store_damaged"
    PURGED = "purged"
    SETTINGS = "settings"
    DESTINATION_UNREACHABLE = "destination_unreachable"
    DESTINATION_REFUSED = "destination_refused"
    DESTINATION_BUSY = "destination_busy"
    OBJECT_INVALID = "object_invalid"
    CAMERA = "camera"
    SOUND = "sound"
    TRACE = "trace"
    CALL = "call"
    MISSING_PROGRAM = "missing_program"
    UPDATE_REFUSED = "update_refused"


class Fault(Exception):
    """A failure in the words of this house.

    ``what`` says what happened and ``do`` what a person can do; both are one plain line without patient data.
    """

    def __init__(self, reason: Reason, what: str, do: str = "") -> None:
        super().__init__(what)
        self.reason = reason
        self.what = what
        self.do = do

    def __str__(self) -> str:
        return f"{self.what} ({self.do})" if self.do else self.what
