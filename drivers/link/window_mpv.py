"""A window of running pictures: mpv as a child that gets raw frames through a pipe and may do nothing else.

All that mpv could do beside that is taken away on its command line. It opens no device, no file and no address, its picture is
drawn by the processor into shared memory (``--vo=wlshm``): no graphics driver is in it. The compositor knows the window by its
app id and gives it its place (systemd/kiosk). What was written last stands until the next frame: whoever shows the present
has to say when there is none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping

import structlog

from edge.domain.media import Frame

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0
"""Seconds before mpv is started again after it died: twice as long each time, until it has shown a picture."""

_CLOSING_SECONDS = 1.0
_PROGRAM = "mpv"
_FOLDERS = "/usr/local/bin:/usr/bin:/bin"

log = structlog.get_logger()


def lacking(environment: Mapping[str, str] = os.environ) -> str:
    """What this machine has not got that a window needs: mpv, or display (Wayland); "" where it has both."""
    if shutil.which(_PROGRAM) is None:
        return "mpv"
    if not environment.get("WAYLAND_DISPLAY"):
        return "display"
    return ""


def command(app_id: str, width: int, height: int) -> list[str]:
    """mpv that shows frames of ``width`` x ``height`` from its standard input (blue, green, red), and nothing else."""
    return [
        shutil.which(_PROGRAM) or _PROGRAM,
        # nothing of anybody's: no configuration, no profile, no script, no downloader, nothing remembered
        "--no-config",
        "--load-scripts=no",
        "--load-auto-profiles=no",
        "--load-stats-overlay=no",
        "--load-osd-console=no",
        "--ytdl=no",
        "--resume-playback=no",
        "--autoload-files=no",
        "--access-references=no",
        "--load-unsafe-playlists=no",
        # nobody can tell it anything
        "--no-terminal",
        "--input-terminal=no",
        "--no-input-default-bindings",
        "--input-builtin-bindings=no",
        "--input-vo-keyboard=no",
        "--input-cursor=no",
        "--input-media-keys=no",
        "--window-dragging=no",
        # nothing is drawn over the picture, and nothing is heard
        "--no-osc",
        "--osd-level=0",
        "--no-sub",
        "--no-audio",
        "--cursor-autohide=always",
        # the newest frame, at once
        "--untimed",
        "--cache=no",
        "--cache-pause=no",
        "--demuxer-readahead-secs=0",
        "--video-latency-hacks=yes",
        "--vo=wlshm",
        "--no-border",
        "--hidpi-window-scale=no",
        # it is as small as this until the compositor has told it its size: its first frame covers nothing
        "--geometry=16x16",
        "--stop-screensaver=no",
        f"--wayland-app-id={app_id}",
        f"--title={app_id}",
        "--demuxer=rawvideo",
        f"--demuxer-rawvideo-w={width}",
        f"--demuxer-rawvideo-h={height}",
        "--demuxer-rawvideo-mp-format=bgr24",
        "--demuxer-rawvideo-fps=25",
        "-",
    ]


def environment() -> dict[str, str]:
    """What mpv is told of this machine: where the display is."""
    told = {name: os.environ[name] for name in ("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR") if name in os.environ}
    return told | {"PATH": _FOLDERS, "LANG": "C.UTF-8", "HOME": "/nonexistent"}


class MpvWindow:
    """Open from the first frame until ``close``; implements the Window port. All frames have the size of the first.

    A thread of its own writes: a window that is slow, stuck or dead holds up nobody. mpv that dies is started again.
    """

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._showing = False
        self.written = 0
        """How many frames mpv took."""

    @property
    def showing(self) -> bool:
        return self._showing

    @property
    def pid(self) -> int:
        """0 while there is no mpv."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def show(self, frame: Frame) -> None:
        with self._changed:
            if self._closed:
                return
            self._newest = frame
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="window", daemon=True)
                self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._newest = None
            self._changed.notify_all()
            if self._process is not None:
                # not SIGTERM: a writer that is stuck in the pipe is freed by its end
                self._process.kill()
        if self._thread is not None:
            self._thread.join(_CLOSING_SECONDS)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while (first := self._next(None)) is not None:
            before = self.written
            try:
                self._feed(first)
            except OSError as exc:
                log.warning("window_not_started", what=exc.strerror)
            if self.written > before + 1:
                pause = FIRST_PAUSE
            with self._changed:
                if self._closed:
                    return
                log.warning("window_died", seconds=pause)
                self._changed.wait_for(lambda: self._closed, pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _next(self, after: Frame | None) -> Frame | None:
        """The newest frame once it is not ``after``; None when the window is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._newest is not None and self._newest is not after))
            return None if self._closed else self._newest

    def _feed(self, first: Frame) -> None:
        """One mpv until it dies, or until the window is closed. Raises OSError where it does not start."""
        with self._changed:
            if self._closed:
                return
            self._process = subprocess.Popen(  # noqa: S603 - the argument list is ours, the name comes from this module
                command(self._app_id, first.width, first.height),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                cwd="/",
                bufsize=0,
            )
        process = self._process
        frame: Frame | None = first
        try:
            while frame is not None and (frame.width, frame.height) == (first.width, first.height):
                self._write(process, frame)
                self.written += 1
                self._showing = not self._closed
                frame = self._next(frame)
        except OSError:
            log.info("window_gone")
        finally:
            self._showing = False
            process.kill()
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            process.wait()

    def _write(self, process: subprocess.Popen[bytes], frame: Frame) -> None:
        assert process.stdin is not None
        left = memoryview(frame.bgr)
        while left:
            left = left[os.write(process.stdin.fileno(), left) :]
