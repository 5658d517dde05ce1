"""A wheel unpacked, and its canonical archive: the same files are the same bytes, whoever made them.

The archive is a plain tar: regular files only, by name, mode 644 or 755, no times and no owners. What Python compiles
(``__pycache__``) is not in it. Whoever unpacks one refuses a link, a device, and a name that leads out of the folder.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from edge.domain.fault import Fault, Reason
from sync.update.disk import Hashed

_COMPILED = "__pycache__"
_MOST_FILES = 50_000


def of_wheel(wheel: Path, to: Path) -> None:
    """Writes the canonical archive of ``wheel``. Raises Fault(UPDATE_REFUSED) for one that is none, or that leads out of its folder."""
    try:
        with zipfile.ZipFile(wheel) as file, _new(to) as archive:
            found = sorted((one for one in file.infolist() if not one.is_dir()), key=lambda one: one.filename)
            for entry in found:
                mode = entry.external_attr >> 16
                if stat.S_ISLNK(mode):
                    raise _refused(wheel.name, entry.filename, "a link")
                if _COMPILED in PurePosixPath(entry.filename).parts:
                    continue
                _refuse_odd_name(wheel.name, entry.filename)
                archive.addfile(
                    _entry(entry.filename, entry.file_size, executable=bool(mode & stat.S_IXUSR)),
                    io.BytesIO(file.read(entry)),
                )
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as exc:
        raise Fault(Reason.UPDATE_REFUSED, f"{wheel.name} is no wheel: {exc}", "fetch it again") from exc


def of_folder(folder: Path, to: Path) -> None:
    """Writes the canonical archive of what was unpacked into ``folder``. Raises OSError."""
    with _new(to) as archive:
        for name in sorted(_files(folder)):
            found = (folder / name).stat()
            with (folder / name).open("rb") as file:
                archive.addfile(_entry(name, found.st_size, executable=bool(found.st_mode & stat.S_IXUSR)), file)


def _files(folder: Path) -> Iterator[str]:
    for at, folders, names in os.walk(folder):
        if _COMPILED in folders:
            folders.remove(_COMPILED)
        for name in names:
            yield (Path(at) / name).relative_to(folder).as_posix()


def unpack(archive: Path, to: Path, size: int) -> None:
    """Into the new folder ``to``, ``size`` bytes at most. Raises Fault(UPDATE_REFUSED), and OSError of the disk."""
    to.mkdir()
    left = size
    try:
        with tarfile.open(archive, "r:") as file:
            for count, entry in enumerate(file):
                left -= entry.size
                if count > _MOST_FILES or left < 0:
                    raise _refused(archive.name, entry.name, "more than it says")
                if not entry.isreg():
                    raise _refused(archive.name, entry.name, "a link or a device")
                _refuse_odd_name(archive.name, entry.name)
                _write(file, entry, to / entry.name)
    except tarfile.TarError as exc:
        raise Fault(Reason.UPDATE_REFUSED, f"{archive.name} cannot be unpacked: {exc}", "build it again") from exc


def _write(file: tarfile.TarFile, entry: tarfile.TarInfo, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    content = file.extractfile(entry)
    if content is None:
        raise _refused(to.name, entry.name, "no file")
    mode = 0o755 if entry.mode & stat.S_IXUSR else 0o644
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as written:
        os.fchmod(descriptor, mode)
        while piece := content.read(1 << 20):
            written.write(piece)


def digest(archive: Path) -> tuple[str, int]:
    """(SHA-256, bytes) of a file."""
    read = Hashed()
    with archive.open("rb") as file:
        while piece := file.read(1 << 20):
            read.take(piece)
    return read.hexdigest(), read.size


def _new(to: Path) -> tarfile.TarFile:
    return tarfile.open(to, "w:", format=tarfile.PAX_FORMAT)


def _entry(name: str, size: int, *, executable: bool) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o755 if executable else 0o644
    return entry


def _refuse_odd_name(archive: str, name: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or any(part in {".", ".."} for part in parts):
        raise _refused(archive, name, "a file outside its folder")
    if any(not part.isprintable() for part in parts):
        raise _refused(archive, name, "a name that cannot be printed")


def _refused(archive: str, name: str, what: str) -> Fault:
    said = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8] if not name.isprintable() else name
    return Fault(Reason.UPDATE_REFUSED, f"{archive[:16]} holds {what}: {said}", "do not install it; tell who signed it")
