"""What is left of a damaged store: of each page the newest version that is whole, wherever it stands, read without SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.domain.fault import Fault, Reason
from edge.store.damage.trees import Unreadable
from edge.store.file.log_file import read_log
from edge.store.file.marks import read_mark
from edge.store.file.pages import PAGE, SALT, Seals, first_page


class Remains:
    """Out of database and log, and of the first page out of its copy too."""

    def __init__(self, database: Path, seals: Seals, spare_first: bytes | None, *, severed: bool) -> None:
        self._seals = seals
        self._spare = spare_first
        self._database = database
        self._log = read_log(database)
        size = database.stat().st_size if database.exists() else 0
        self._committed = frames = self._log.committed(behind_a_break=severed)
        self.count = max([-(-size // PAGE), *(frame.page for frame in frames)])
        self._frames: dict[int, list[int]] = {}
        for frame in frames:
            self._frames.setdefault(frame.page, []).append(frame.offset)
        self.damaged: set[int] = set()
        self.older: set[int] = set()

    def read(self, number: int) -> bytes:
        """Raises Unreadable."""
        for version, page in enumerate(self._versions(number)):
            if self._seals.is_whole(number, page):
                if version:
                    self.older.add(number)
                return self._seals.plain(number, page)
        self.damaged.add(number)
        raise Unreadable(f"page {number}")

    def _versions(self, number: int) -> Iterator[bytes]:
        """The newest first."""
        yield from self._stored(number)
        if number == 1 and self._spare:
            yield self._spare

    def _stored(self, number: int) -> Iterator[bytes]:
        for offset in reversed(self._frames.get(number, ())):
            yield _bytes_at(self._log.path, offset)
        yield _bytes_at(self._database, (number - 1) * PAGE)

    def newest_in_the_log(self) -> dict[int, bytes] | None:
        """The newest version of each page that the log has; None where that is not certain of every one of them."""
        found: dict[int, int] = {}
        lost: set[int] = set()
        for place, frame in enumerate(self._committed):
            if frame.place != place:
                return None  # nobody knows whose the one between them was
            number = self._number_of(_bytes_at(self._log.path, frame.offset), frame.page)
            if number is None:
                lost.add(frame.page)
            else:
                lost.discard(number)
                found[number] = frame.offset
        return None if lost else {number: _bytes_at(self._log.path, offset) for number, offset in found.items()}

    def _number_of(self, page: bytes, said: int) -> int | None:
        """The seal knows it, where what the log says of it is what was damaged."""
        if self._seals.is_whole(said, page):
            return said
        return next((number for number in range(1, self.count + 1) if self._seals.is_whole(number, page)), None)

    def any_is_whole(self) -> bool:
        """Whether the key opens any page of database or log. The copy of the first page may be of the key before."""
        return any(
            self._seals.is_whole(number, page) for number in range(1, self.count + 1) for page in self._stored(number)
        )


def _bytes_at(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(PAGE)
    except FileNotFoundError:
        return b""


def remains(database: Path, beside: Path, key: bytes) -> Remains:
    """Raises Fault(STORE_KEY) where nothing says that ``key`` is this store's."""
    kept = first_page(beside / database.name, key)
    salts = [kept[0][:SALT]] if kept else []
    if database.exists():
        salts.append(_bytes_at(database, 0)[:SALT])
    log = read_log(database)
    severed = log.severed() or not read_mark(beside / database.name).is_before_the_end_of(log)
    for salt in salts:
        source = Remains(database, Seals(key, salt), kept[0] if kept else None, severed=severed)
        if source.any_is_whole():
            return source
        if not source.count:
            raise Fault(
                Reason.STORE_IO,
                "the store is gone: nothing is left of it but the copy of its first page",
                "mount its disk, or restore a backup; to begin anew move store.first away",
            )
    raise Fault(Reason.STORE_KEY, "the store does not open with this key", "restore its key file")
