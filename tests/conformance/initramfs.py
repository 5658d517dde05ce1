"""A root file system as the archive that a Linux kernel unpacks into memory (cpio "newc"), made without root's rights."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import stat
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

_MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """``mode`` as in stat(2); ``content`` is a file's bytes or a link's target; ``device`` its two numbers."""

    mode: int
    content: bytes = b""
    device: tuple[int, int] = (0, 0)


class Root:
    """The tree of files. All of it belongs to root; a path is relative, without ``./``."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        for name in _MERGED:
            self.link(name, f"usr/{name}")
            self.folder(f"usr/{name}")

    def folder(self, path: str) -> None:
        pure = PurePosixPath(path)
        for parent in [*reversed(pure.parents), pure]:
            name = str(parent)
            if name != "." and name not in self._entries:
                self._entries[name] = _Entry(stat.S_IFDIR | 0o755)

    def file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        self._put(path, _Entry(stat.S_IFREG | mode, content))

    def link(self, path: str, target: str) -> None:
        self._put(path, _Entry(stat.S_IFLNK | 0o777, target.encode()))

    def character_device(self, path: str, major: int, minor: int) -> None:
        self._put(path, _Entry(stat.S_IFCHR | 0o600, device=(major, minor)))

    def _put(self, path: str, entry: _Entry) -> None:
        self.folder(str(PurePosixPath(path).parent))
        self._entries[path] = entry

    def tree(self, source: Path, at: str, wanted: Callable[[str], bool] = lambda _: True) -> None:
        """The regular files below ``source`` whose path relative to it is ``wanted``."""
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.is_file() and wanted(name):
                self.file(f"{at}/{name}", path.read_bytes(), mode=0o755 if os.access(path, os.X_OK) else 0o644)

    def package(self, deb: Path, wanted: Callable[[str], bool] = lambda _: True) -> None:
        """What a Debian package holds, without running its scripts. Raises CalledProcessError for what is none."""
        content = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                plain = PurePosixPath(member.name).as_posix()
                name = _merged(plain)
                # Debian 13's base-files brings the links of _MERGED itself
                if name == "." or plain in _MERGED or not wanted(name):
                    continue
                if member.isdir():
                    self.folder(name)
                elif member.issym():
                    self.link(name, member.linkname)
                elif (read := archive.extractfile(member)) is not None:
                    self.file(name, read.read(), mode=member.mode & 0o777)

    def take(self, path: re.Pattern[str]) -> bytes:
        """Takes out the only file whose path ``path`` matches."""
        (found,) = [name for name in self._entries if path.match(name)]
        return self._entries.pop(found).content

    def write(self, target: BinaryIO) -> None:
        """kernel/Documentation/driver-api/early-userspace/buffer-format.rst: a header of 13 hex words, name, content."""
        for number, (path, entry) in enumerate(self._entries.items(), start=1):
            _write_one(target, number, path, entry)
        _write_one(target, 0, "TRAILER!!!", _Entry(0))


def _merged(path: str) -> str:
    """/bin, /lib and their like are links into /usr in Debian since 12; the packages still name them."""
    return f"usr/{path}" if path.split("/", maxsplit=1)[0] in _MERGED else path


def _write_one(target: BinaryIO, inode: int, path: str, entry: _Entry) -> None:
    name = path.encode() + b"\0"
    size = len(entry.content)
    words = [inode, entry.mode, 0, 0, 1, 0, size, 0, 0, *entry.device, len(name), 0]
    header = b"070701" + b"".join(b"%08X" % word for word in words)
    target.write(header + name + bytes(-(len(header) + len(name)) % 4))
    target.write(entry.content + bytes(-size % 4))
