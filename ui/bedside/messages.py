"""What a tap asks for: small values, so that one place decides what happens and when it is too soon."""

from __future__ import annotations

import dataclasses

from textual.message import Message

from ui.bedside.answer_acts import AnswerAct
from ui.bedside.consent_acts import ConsentAct
from ui.bedside.diary_acts import DiaryAct
from ui.bedside.letting_acts import LettingAct
from ui.bedside.opinion_acts import OpinionAct
from ui.bedside.speaking_acts import SpeakingAct
from ui.bedside.standing_acts import StandingAct
from ui.bedside.still_acts import StillAct
from ui.bedside.typed_acts import TypedAct
from ui.bedside.views import Page
from ui.bedside.whose_acts import WhoseAct
from ui.bedside.window_acts import WindowAct
from ui.bedside.zones import Zone


@dataclasses.dataclass(frozen=True, slots=True)
class Go:
    page: Page


@dataclasses.dataclass(frozen=True, slots=True)
class Consider:
    """A resident was touched in the list: shown for confirmation, not yet chosen."""

    resident_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Confirm:
    """The nurse says that this is who is in front of her: the one deliberate confirmation."""


@dataclasses.dataclass(frozen=True, slots=True)
class Floor:
    """Show one floor of residents; "" shows all."""

    floor: str


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Finish:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Undo:
    item_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseView:
    view: str


@dataclasses.dataclass(frozen=True, slots=True)
class Take:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class AskZone:
    """Which part of the body? ``region`` of ui.bedside.zones, then ``site``, where they were touched already."""

    region: str = ""
    site: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseZone:
    """What the next photos show, until another is chosen."""

    zone: Zone


@dataclasses.dataclass(frozen=True, slots=True)
class CloseZones:
    """Back to the camera; what was chosen stays."""


@dataclasses.dataclass(frozen=True, slots=True)
class Intimate:
    """Marks the next photos as intimate, or does not any more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Retake:
    """Another photo in place of one that is not good: that one is undone when the other is there."""

    item_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class KeepShot:
    """A photo of which something was said is good enough."""


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A clip of the stethoscope."""


@dataclasses.dataclass(frozen=True, slots=True)
class Strip:
    """Begins to record the running ECG, or stops it."""

    begin: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ShowAppliance:
    device_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    device_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class TryAppliance:
    device_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class AskForget:
    """Asks, or withdraws the question, whether the device on screen is to be forgotten."""

    asking: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Forget:
    device_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """One digit of a passkey; "" erases all."""

    digit: str


@dataclasses.dataclass(frozen=True, slots=True)
class SendPasskey:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Admit:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class HangUp:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Enter:
    """What was typed at the locked screen is whole."""


@dataclasses.dataclass(frozen=True, slots=True)
class Emergency:
    """The call without a badge."""


@dataclasses.dataclass(frozen=True, slots=True)
class LockUp:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Clean:
    """The screen answers to nothing for a while."""


ResidentAct = Consider | Confirm | Floor | Release | Finish
CaptureAct = Record | Strip
PhotoAct = ChooseView | Take | AskZone | ChooseZone | CloseZones | Intimate | Retake | KeepShot
EntranceAct = Enter | Emergency | LockUp | Clean
DeviceAct = ShowAppliance | Pair | TryAppliance | AskForget | Forget | Key | SendPasskey
CallAct = Call | Admit | HangUp
Act = (
    Go
    | Undo
    | ResidentAct
    | CaptureAct
    | PhotoAct
    | CallAct
    | EntranceAct
    | DeviceAct
    | TypedAct
    | LettingAct
    | WhoseAct
    | StandingAct
    | OpinionAct
    | AnswerAct
    | ConsentAct
    | DiaryAct
    | SpeakingAct
    | WindowAct
    | StillAct
)


class Tapped(Message):
    """A finger on something that answers to it.

    ``down`` is when it came, in seconds of the machine's monotonic clock: how late the screen is with it does not count.
    """

    def __init__(self, act: Act, down: float | None = None) -> None:
        super().__init__()
        self.act = act
        self.down = self.time if down is None else down
