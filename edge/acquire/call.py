"""A teleconsultation as the bedside decides it: no media without consent and admission (H19)."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from edge.domain.visitor import NOBODY, Visitor


class CallState(enum.StrEnum):
    NONE = "none"
    REQUESTED = "requested"  # consent is recorded, media opens the lobby
    LOBBY = "lobby"
    WAITING = "waiting"  # a specialist is at the door
    ADMITTED = "admitted"
    CONNECTED = "connected"
    ENDED = "ended"
    FAILED = "failed"


ACTIVE = frozenset({CallState.REQUESTED, CallState.LOBBY, CallState.WAITING, CallState.ADMITTED, CallState.CONNECTED})
OPEN = frozenset({CallState.ADMITTED, CallState.CONNECTED})
"""Only now does the resident leave this process towards media."""

FROM_MEDIA: Mapping[CallState, frozenset[CallState]] = MappingProxyType(
    {
        CallState.REQUESTED: frozenset({CallState.LOBBY, CallState.FAILED}),
        CallState.LOBBY: frozenset({CallState.LOBBY, CallState.WAITING, CallState.FAILED}),
        CallState.WAITING: frozenset({CallState.WAITING, CallState.LOBBY, CallState.FAILED}),
        CallState.ADMITTED: frozenset({CallState.CONNECTED, CallState.ENDED, CallState.FAILED}),
        CallState.CONNECTED: frozenset({CallState.CONNECTED, CallState.ENDED, CallState.FAILED}),
    }
)
"""What media may report in each state; anything else it says is late and changes nothing. Admission is not in it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """``address`` and ``pin`` are for the bedside only. The doctor's link holds for ``link_minutes``;
    ``guest`` is whom it is made out to, "" for a professional. ``visitor`` waits or is in.

    ``note`` is what the specialist wrote last for the report, ``note_by`` her name.

    ``parked``: its lobby is open, and nobody is with the resident, who may not be the one on screen. Nobody is admitted until she is.
    """

    call_id: str = ""
    encounter_id: str = ""
    state: CallState = CallState.NONE
    address: str = ""
    pin: str = ""
    what: str = ""
    video_frames_sent: int = 0
    vitals_messages: int = 0
    link_minutes: int = 15
    parked: bool = False
    guest: str = ""
    visitor: Visitor = NOBODY
    note: str = ""
    note_by: str = ""


class Told(Protocol):
    """What media says of a call."""

    @property
    def what(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def pin(self) -> str: ...

    @property
    def visitor(self) -> Visitor: ...

    @property
    def video_frames_sent(self) -> int: ...

    @property
    def vitals_messages(self) -> int: ...


def told(call: Call, state: CallState, said: Told) -> Call:
    """``call`` in ``state``, of which media says this."""
    in_lobby = state in {CallState.LOBBY, CallState.WAITING}
    return dataclasses.replace(
        call,
        state=state,
        what=said.what,
        address=said.address if in_lobby else "",
        pin=said.pin if in_lobby else "",
        visitor=said.visitor,
        video_frames_sent=said.video_frames_sent,
        vitals_messages=said.vitals_messages,
    )
