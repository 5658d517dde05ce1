"""``python -m tests.cut_rekey DATA WHERE``: the store in DATA gets another key again and again, each time in a copy of DATA in
WHERE, and is killed at its first, second, third ... step on the disk. Prints how many steps there are.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from edge.mains import store
from edge.settings import Settings

STEPS = frozenset({"open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "sqlite3.connect"})


def _killed_at(step: int, folder: Path) -> bool:
    """Whether there was such a step."""
    child = os.fork()
    if child == 0:
        left = step

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in STEPS and str(folder) in str(arguments[0]):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            store.rekey(Settings(data=folder), None, lambda _text: None)
        except BaseException:  # noqa: BLE001
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("the rekey failed by itself")
    return os.WIFSIGNALED(status)


def main(data: Path, where: Path) -> None:
    step = 0
    while True:
        step += 1
        folder = where / f"{step:04}"
        shutil.copytree(data, folder)
        if not _killed_at(step, folder):
            break
    print(step)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
