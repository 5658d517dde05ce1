"""Media's windows: the camera before a picture is taken, the specialist during a call. Of whom, media does not know.

Each window is fed by a thread of its own: what is drawn, and how long a camera takes, holds up neither the door nor the call.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import dataclasses
import threading
import time
from collections.abc import Callable, Mapping

import msgspec
import structlog

from drivers.codec import preview
from drivers.link.camera import Camera
from edge.domain.media import Frame, FrameSource, Window
from edge.domain.photo import View
from edge.door import messages as m
from edge.door.item_card import photo_remark
from edge.mains.asking import Shown

log = structlog.get_logger()

CAMERA, SPECIALIST, SPECIALIST_LARGE = "telecart-camera", "telecart-specialist", "telecart-specialist-large"
STILL = "telecart-still"
"""By these the compositor knows where a window belongs (systemd/kiosk/labwc/rc.xml)."""

_FRAME_SECONDS = 1 / 15
_STILL_SECONDS = 0.5
_JUDGED_EVERY = 0.3
_OPENING_SECONDS = 4.0
_CLOSING_SECONDS = 12.0


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """What is drawn over the camera's picture. ``overlay`` is a JPEG, or empty."""

    view: View
    guide: bool = False
    overlay: bytes = b""


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    state: str = "opening"
    remark: str = ""
    overlaid: bool = False


class _Showing:
    """Feeds ``window`` until ``close``; ``said`` is called, in this thread, whenever how it goes has changed."""

    def __init__(self, window: Window, said: Callable[[State], None]) -> None:
        self._window = window
        self._said = said
        self._stop = threading.Event()
        self._state = State()
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._guarded,), name="showing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """The window is gone after this, the camera soon after."""
        self._stop.set()
        self._window.close()

    def wait(self) -> None:
        """Until the camera is released too."""
        self._thread.join(_CLOSING_SECONDS)

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception:  # a defect of a window must not be one of the call
            log.exception("window_defect")
            self._tell(State("dark"))
        finally:
            self._window.close()

    def _run(self) -> None:
        raise NotImplementedError

    def _tell(self, state: State) -> None:
        if state != self._state and not self._stop.is_set():
            self._state = state
            self._said(state)


class CameraShowing(_Showing):
    """``order`` may be changed at any time. The camera is held only as long as this runs (H20)."""

    def __init__(
        self, window: Window, camera: Camera, order: Order, field_mm: float, said: Callable[[State], None]
    ) -> None:
        super().__init__(window, said)
        self.camera = camera
        self.order = order
        self._field_mm = field_mm
        self._canvas: preview.Canvas | None = None
        self._lies_over: tuple[bytes, preview.Pixels | None] = (b"", None)

    def _run(self) -> None:
        with self.camera.held():
            opened = time.monotonic()
            judged_at, last, remark = 0.0, None, ""
            while not self._stop.wait(_FRAME_SECONDS):
                frame, now = self.camera.latest(), time.monotonic()
                if frame is None:
                    self._dark()
                    late = now - opened > _OPENING_SECONDS or self._canvas is not None
                    self._tell(State("dark" if late else "opening"))
                    continue
                if frame is last:
                    continue
                last, order = frame, self.order
                shown = self._drawn(frame, order)
                self._window.show(preview.frame_of(shown, frame.at_ns))
                if now - judged_at >= _JUDGED_EVERY:
                    judged_at, remark = now, photo_remark(preview.judged(frame, order.view))
                overlaid = bool(order.overlay) and self._lies_over[1] is not None
                self._tell(State("shown" if self._window.showing else "opening", remark, overlaid))

    def _dark(self) -> None:
        """What a camera showed last is not the present (H3)."""
        if self._canvas is not None:
            self._window.show(preview.frame_of(self._canvas.black(), time.monotonic_ns()))

    def _drawn(self, frame: Frame, order: Order) -> preview.Pixels:
        if self._canvas is None:
            self._canvas = preview.Canvas.of(frame, preview.PREVIEW)
        shown = self._canvas.put(preview.pixels_of(frame))
        if order.overlay:
            if self._lies_over[0] is not order.overlay:
                self._lies_over = order.overlay, preview.earlier(order.overlay, self._canvas)
            over = self._lies_over[1]
            if over is not None:
                shown = preview.through(shown, over)
        else:
            self._lies_over = b"", None
        if order.guide:
            preview.guide(shown, self._field_mm if order.view is View.DERMOSCOPY else None)
        return shown


class SpecialistShowing(_Showing):
    """``theirs`` gives the other end's picture, ``own`` the cart's, which a call sends: small in a corner, not mirrored."""

    def __init__(
        self,
        window: Window,
        at_most: tuple[int, int],
        theirs: Callable[[], FrameSource | None],
        own: FrameSource,
        said: Callable[[State], None],
        pointed: Callable[[], Shown] = Shown,
    ) -> None:
        """While something is ``pointed`` at, the cart's own picture is the large one, with the point on it."""
        super().__init__(window, said)
        self._pointed = pointed
        self._at_most = at_most
        self._theirs = theirs
        self._own = own

    def _run(self) -> None:
        canvas: preview.Canvas | None = None
        last: tuple[Frame | None, Frame | None] = (None, None)
        pointed = Shown()
        while not self._stop.wait(_FRAME_SECONDS):
            source = self._theirs()
            before, pointed = pointed, self._pointed()
            pair = (source.latest() if source else None, pointed.frozen or self._own.latest())
            theirs, own = pair
            if canvas is None:
                first = theirs or own
                if first is None:
                    self._tell(State("dark"))
                    continue
                canvas = preview.Canvas.of(first, self._at_most, grown=True)
            if pair[0] is last[0] and pair[1] is last[1] and theirs is not None and pointed == before:
                continue
            last = pair
            if own is not None and pointed.at is not None:
                shown = preview.pointed(canvas, own, pointed.at)
                own = theirs
            else:
                shown = canvas.put(preview.pixels_of(theirs)) if theirs else canvas.black()
            if own is not None:
                preview.inset(shown, own)
            self._window.show(preview.frame_of(shown, time.monotonic_ns()))
            self._tell(State("dark" if theirs is None else "shown" if self._window.showing else "opening"))


class StillShowing(_Showing):
    """``png`` as it was drawn: the same frame again and again, so that a window that was started anew shows it too."""

    def __init__(self, window: Window, png: bytes, said: Callable[[State], None]) -> None:
        super().__init__(window, said)
        self.png = png

    def _run(self) -> None:
        pixels = preview.drawn(self.png)
        if pixels is None:
            self._tell(State("dark"))
            return
        while True:
            self._window.show(preview.frame_of(pixels, time.monotonic_ns()))
            self._tell(State("shown" if self._window.showing else "opening"))
            if self._stop.wait(_STILL_SECONDS):
                return


class Pictures:
    """The windows as edge orders them. ``lacking``: why there can be none on this machine, "" where there can.

    ``cameras`` by view, None or without a source where there is none. ``tell`` sends media's word to the door.
    """

    def __init__(
        self,
        cameras: Mapping[View, Camera],
        room: Camera,
        dermatoscope_field_mm: float,
        open_window: Callable[[str], Window],
        lacking: str,
        tell: Callable[[m.WindowTold], None],
    ) -> None:
        self._cameras = cameras
        self._room = room
        self._field_mm = dermatoscope_field_mm
        self._open_window = open_window
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._camera: CameraShowing | None = None
        self._specialist: SpecialistShowing | None = None
        self._still: StillShowing | None = None
        self._size = ""
        self._turn = -1
        self._told = m.WindowTold(lacking=lacking)
        self._leaving: set[asyncio.Future[None]] = set()
        self.theirs: FrameSource | None = None
        self._shown = Shown()

    def point(self, shown: Shown) -> None:
        """Where the specialist points, and what she froze."""
        self._shown = shown

    def begin(self) -> None:
        if self._told.lacking:
            log.info("no_windows", what=self._told.lacking)
        self._tell(self._told)

    async def show(self, wanted: m.Windows) -> None:
        """What is not in ``wanted`` is gone when this returns (a second at most)."""
        if self._told.lacking:
            return
        if wanted.turn != self._turn:
            self._turn = wanted.turn
            await self._close_camera()
            await self._close_specialist()
            await self._close_still()
        await self._show_camera(wanted)
        await self._show_specialist(wanted)
        await self._show_still(wanted)

    async def close(self) -> None:
        """Windows are gone and cameras released."""
        await self._close_camera()
        await self._close_specialist()
        await self._close_still()
        if self._leaving:
            await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _show_camera(self, wanted: m.Windows) -> None:
        camera = self._cameras.get(View(wanted.camera)) if wanted.camera else None
        if self._camera is not None and self._camera.camera is not camera:
            await self._close_camera()
        if camera is None or not camera.source:
            if wanted.camera:
                self._say(camera="dark")
            return
        order = Order(View(wanted.camera), wanted.guide, wanted.overlay)
        if self._camera is not None:
            self._camera.order = order
            return
        said = self._from_thread(self._camera_said)
        self._camera = CameraShowing(self._open_window(CAMERA), camera, order, self._field_mm, said)
        self._say(camera="opening")
        self._camera.start()

    async def _show_specialist(self, wanted: m.Windows) -> None:
        if wanted.specialist != self._size:
            await self._close_specialist()
        if not wanted.specialist or self._specialist is not None:
            return
        large = wanted.specialist == "large"
        self._size = wanted.specialist
        self._specialist = SpecialistShowing(
            self._open_window(SPECIALIST_LARGE if large else SPECIALIST),
            preview.LARGE if large else preview.PREVIEW,
            lambda: self.theirs,
            self._room,
            self._from_thread(self._specialist_said),
            lambda: self._shown,
        )
        self._say(specialist="opening")
        self._specialist.start()

    async def _show_still(self, wanted: m.Windows) -> None:
        if self._still is not None and self._still.png != wanted.still:
            await self._close_still()
        if not wanted.still or self._still is not None:
            return
        self._still = StillShowing(self._open_window(STILL), wanted.still, self._from_thread(self._still_said))
        self._say(still="opening")
        self._still.start()

    async def _close_camera(self) -> None:
        showing, self._camera = self._camera, None
        await self._close(showing)
        self._say(camera="closed", remark="", overlaid=False)

    async def _close_specialist(self) -> None:
        showing, self._specialist, self._size = self._specialist, None, ""
        await self._close(showing)
        self._say(specialist="closed")

    async def _close_still(self) -> None:
        showing, self._still = self._still, None
        await self._close(showing)
        self._say(still="closed")

    async def _close(self, showing: _Showing | None) -> None:
        if showing is None:
            return
        # also when this is cancelled: a window that stays would show the next resident
        await asyncio.shield(asyncio.to_thread(showing.close))
        leaving = asyncio.ensure_future(asyncio.to_thread(showing.wait))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    # --- what is said of them

    def _from_thread(self, say: Callable[[State], None]) -> Callable[[State], None]:
        def said(state: State) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(say, state)

        return said

    def _camera_said(self, state: State) -> None:
        if self._camera is not None:
            self._say(camera=state.state, remark=state.remark, overlaid=state.overlaid)

    def _specialist_said(self, state: State) -> None:
        if self._specialist is not None:
            self._say(specialist=state.state)

    def _still_said(self, state: State) -> None:
        if self._still is not None:
            self._say(still=state.state)

    def _say(self, **changed: str | bool) -> None:
        said = msgspec.structs.replace(self._told, **changed)
        if said != self._told:
            self._told = said
            self._tell(said)
