"""A teleconsultation as the bedside decides it: no media without consent and admission (H19)."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType


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
    """``address`` and ``pin`` are for the bedside only."""

    call_id: str = ""
    encounter_id: str = ""
    state: CallState = CallState.NONE
    address: str = ""
    pin: str = ""
    what: str = ""
    video_frames_sent: int = 0
    vitals_messages: int = 0
