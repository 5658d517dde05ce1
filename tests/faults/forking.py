"""``python -m tests.faults.forking``: `telecart edge` and `telecart sync` without the second in which an interpreter starts.

A process that has imported all that both need, and does nothing else, forks for each start; the child runs the command as it
is. So hundreds of kills fall into the processes' work. It is told names on its standard input, and says "began NAME PID" and
"ended NAME STATUS"; at the input's end it kills what it started, and what it started ends with it.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import select
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def fork(name: str, config: Path, logs: Path, parent: int) -> int:
    """The child's process id."""
    from edge import cli

    child = os.fork()
    if child:
        return child
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    log = os.open(logs / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for theirs, ours in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(theirs, ours)
    os.closerange(3, 64)
    status = 1
    try:
        cli.main(["--config", str(config), name])
        status = 0
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else 1
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve(config: Path, logs: Path) -> None:
    # what the commands import when they are asked for
    import edge.mains.edge
    import edge.mains.sync

    assert edge.mains.edge
    assert edge.mains.sync
    names: dict[int, str] = {}
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    for descriptor in (0, woken):
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if woken in ready:
            os.read(woken, 512)
            for pid, status in _reaped(names):
                print(f"ended {names.pop(pid)} {status}", flush=True)
        if 0 in ready:
            told = os.read(0, 512)
            if not told:
                break
            for name in told.decode().split():
                pid = fork(name, config, logs, os.getpid())
                names[pid] = name
                print(f"began {name} {pid}", flush=True)
    for pid in names:
        os.kill(pid, signal.SIGKILL)


def _reaped(names: dict[int, str]) -> list[tuple[int, int]]:
    found = [os.waitpid(pid, os.WNOHANG) for pid in names]
    return [(pid, os.waitstatus_to_exitcode(status)) for pid, status in found if pid]


class Forked:
    """Processes of one cart, from the test's side. ``running`` has the id of each that lives, ``statuses`` how each ended."""

    def __init__(self, server: asyncio.subprocess.Process) -> None:
        self._server = server
        self._changed = asyncio.Condition()
        self.running: dict[str, int] = {}
        self.statuses: dict[str, list[int]] = {}
        self._over = False

    async def listen(self) -> None:
        assert self._server.stdout is not None
        async for line in self._server.stdout:
            what, name, number = line.decode().split()
            async with self._changed:
                if what == "began":
                    self.running[name] = int(number)
                else:
                    del self.running[name]
                    self.statuses.setdefault(name, []).append(int(number))
                self._changed.notify_all()
        async with self._changed:
            self._over = True
            self._changed.notify_all()

    async def start(self, name: str) -> None:
        """Returns when it runs. Raises RuntimeError where nothing can be started any more."""
        assert self._server.stdin is not None
        self._server.stdin.write(f"{name}\n".encode())
        await self._until(lambda: name in self.running)

    async def kill(self, name: str) -> None:
        """SIGKILL; returns when it is gone. Raises RuntimeError where it had ended by itself."""
        if name not in self.running:
            raise RuntimeError(f"{name} ended by itself: {self.statuses[name][-1]}")
        os.kill(self.running[name], signal.SIGKILL)
        await self._until(lambda: name not in self.running)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._over or reached())
        if not reached():
            raise RuntimeError("the process that forks has ended")


@asynccontextmanager
async def forked(config: Path, logs: Path) -> AsyncIterator[Forked]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.forking", "--config", str(config), "--logs", str(logs)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        # numerical threads do not survive a fork
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    children = Forked(server)
    listening = asyncio.create_task(children.listen())
    try:
        yield children
    finally:
        assert server.stdin is not None
        server.stdin.close()
        await server.wait()
        await listening


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--logs", type=Path, required=True)
    options = parser.parse_args()
    serve(options.config, options.logs)


if __name__ == "__main__":
    main()
