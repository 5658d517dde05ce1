"""Which running pictures stand on the display: what the screen wishes, of whom is on screen, while somebody may see it.

Media does what it is told here and knows nothing of residents. It is told again whenever something that this rests on
changed, within LOOK_SECONDS: the wish, its age, the resident, the lock, the call, the door.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import msgspec

from edge.acquire.attendance import Attendance
from edge.acquire.call import OPEN, Call
from edge.acquire.recorder import Recorder
from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.domain.photo import View
from edge.domain.ports import Clock
from edge.domain.staff import Deed
from edge.door import messages as m
from edge.door.earlier_desk import EarlierDesk
from edge.door.window_messages import MOST_STILL_BYTES, WISH_SECONDS

LOOK_SECONDS = 0.2
_SIZES = frozenset({"", "small", "large"})
_NONE = m.Windows()
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclasses.dataclass(frozen=True, slots=True)
class _Wish:
    """``said_ns`` is monotonic. ``overlay`` is the JPEG that was asked for."""

    watch: m.Watch
    said_ns: int
    overlay: bytes = b""


class WindowDesk:
    """``call`` is the call as it stands; ``tell_media`` returns False where no media is at the door.

    ``inner`` does every other command.
    """

    def __init__(
        self,
        recorder: Recorder,
        attendance: Attendance,
        earlier: EarlierDesk,
        clock: Clock,
        call: Callable[[], Call],
        tell_media: Callable[[m.ShowWindows], bool],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._recorder = recorder
        self._attendance = attendance
        self._earlier = earlier
        self._clock = clock
        self._call = call
        self._tell_media = tell_media
        self._inner = inner
        self._wish: _Wish | None = None
        self._turn = 0
        self._turn_of = ""
        self._told: m.Windows | None = None
        self._said = m.WindowTold()
        self._heard = False
        self._drawn = m.StillDrawn(encounter_id="", key="", png=b"")

    @property
    def card(self) -> m.WindowCard:
        said, wish = self._said, self._wish
        return m.WindowCard(
            possible=self._heard and not said.lacking,
            camera=said.camera,
            remark=said.remark if said.camera == "shown" else "",
            overlay=wish.watch.overlay if wish and said.overlaid and said.camera == "shown" else "",
            specialist=said.specialist,
            still=said.still,
        )

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        match command:
            case m.Watch():
                await self._watch(command, by)
            case m.StillDrawn():
                self._take_still(command)
            case m.WindowTold():
                self._said = command
                self._heard = True
            case _:
                await self._inner(command, by)
                # whom it took off the screen, or which call it ended, is seen no longer than that took
                self.look()

    async def _watch(self, command: m.Watch, by: Actor) -> None:
        """Raises Fault where there is nobody, or somebody else, on screen (H1), and for an earlier picture that is not hers."""
        if command.camera:
            View(command.camera)
        if command.specialist not in _SIZES:
            raise ValueError(command.specialist)
        shown = self._recorder.on_screen
        if shown is None or shown.encounter.id != command.encounter_id:
            self._wish = None
            self.look()
            if command.camera or command.specialist or command.still:
                raise Fault(Reason.RESIDENT_CHANGED, "Le résident vient de changer", "regardez l'écran et recommencez")
            return
        before = self._wish
        # of the very same resident: what was read for another is never shown again
        asked = (command.encounter_id, command.overlay)
        same = before is not None and (before.watch.encounter_id, before.watch.overlay) == asked
        self._wish = _Wish(command, self._clock.now().monotonic_ns, before.overlay if before and same else b"")
        if command.overlay and not same:
            await self._fetch(command.encounter_id, command.overlay, by)
        self.look()

    def _take_still(self, drawn: m.StillDrawn) -> None:
        """Raises Fault where another one is on screen by now (H1), and for what is no picture."""
        shown = self._recorder.on_screen
        if shown is None or shown.encounter.id != drawn.encounter_id:
            raise Fault(Reason.RESIDENT_CHANGED, "Le résident vient de changer", "regardez l'écran et recommencez")
        if not drawn.png.startswith(_PNG) or len(drawn.png) > MOST_STILL_BYTES:
            raise Fault(Reason.UNDECODABLE, "Cette image ne s'affiche pas", "fermez-la et ouvrez-la de nouveau")
        self._drawn = drawn
        self.look()

    async def _fetch(self, encounter_id: str, prior_id: str, by: Actor) -> None:
        """The picture, where it is still wanted when it is there."""
        jpeg = await self._earlier.picture(prior_id, by)
        wish = self._wish
        if wish is not None and (wish.watch.encounter_id, wish.watch.overlay) == (encounter_id, prior_id):
            self._wish = dataclasses.replace(wish, overlay=jpeg)

    def left(self, role: str) -> None:
        """A screen that is gone wishes nothing; a media that is gone shows nothing, and is told all of it when it is back."""
        if role == m.UI:
            self._wish = None
            self._forget_still()
        elif role == m.MEDIA:
            self._told = None
            self._heard = False
            self._said = m.WindowTold()
        self.look()

    def _forget_still(self) -> None:
        self._drawn = m.StillDrawn(encounter_id="", key="", png=b"")

    def look(self) -> None:
        """Tells media what is to be shown now, where it has not been told."""
        wanted = self._wanted()
        if wanted != self._told:
            self._told = wanted if self._tell_media(m.ShowWindows(windows=wanted)) else None

    async def keep_looking(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def _wanted(self) -> m.Windows:
        wish, shown = self._wish, self._recorder.on_screen
        encounter_id = shown.encounter.id if shown else ""
        if encounter_id != self._turn_of:
            self._turn_of = encounter_id
            self._turn += 1
            if self._drawn.encounter_id != encounter_id:
                self._forget_still()
        nothing = msgspec.structs.replace(_NONE, turn=self._turn)
        if wish is None or not encounter_id or wish.watch.encounter_id != encounter_id or self._attendance.locked:
            return nothing
        if self._clock.now().monotonic_ns - wish.said_ns > WISH_SECONDS * 1e9:
            self._wish = None
            return nothing
        may, call = self._attendance.may, self._call()
        camera = wish.watch.camera if may(Deed.PHOTO) else ""
        talking = call.state in OPEN and call.encounter_id == encounter_id
        drawn = self._drawn
        named = bool(wish.watch.still) and (drawn.encounter_id, drawn.key) == (encounter_id, wish.watch.still)
        sees_call = may(Deed.CALL) or may(Deed.EMERGENCY_CALL)
        return m.Windows(
            turn=self._turn,
            camera=camera,
            guide=wish.watch.guide,
            overlay=wish.overlay if camera else b"",
            specialist=wish.watch.specialist if talking and sees_call else "",
            still=drawn.png if named and (may(Deed.ECG) or may(Deed.PHOTO)) else b"",
        )
