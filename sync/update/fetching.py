"""Bytes of a repository: a web server, or a folder (a USB stick). Nothing that came is asked for again.

A line that breaks goes on where it broke (Range, RFC 9110 14.2), within one file of TUF and over restarts of the process for the
files of a release. Nobody is believed here: length and hash are checked by whoever asked, and no file grows past its length.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

import urllib3
from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from edge.domain.fault import Fault, Reason
from sync.update.disk import Hashed, flush
from sync.update.manifest import Stored

_PIECE = 64 << 10
_IN_VAIN = 5
"""Attempts in a row that bring no byte before it is given up."""

_QUIET = 30.0
"""Seconds without a byte."""


class Line(FetcherInterface):
    """``received`` counts the bytes that came over the line, those that came twice too."""

    def __init__(self, *, ca: Path | None = None, proxy: str = "", quiet: float = _QUIET) -> None:
        patience = urllib3.Timeout(connect=quiet, read=quiet)
        context = ssl.create_default_context(cafile=ca) if ca else ssl.create_default_context()
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy, timeout=patience, retries=False, ssl_context=context)
            if proxy
            else urllib3.PoolManager(timeout=patience, retries=False, ssl_context=context)
        )
        self.received = 0

    def close(self) -> None:
        self._pool.clear()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        return self._read(url, 0)

    def _read(self, url: str, start: int) -> Iterator[bytes]:
        """From byte ``start`` on, over as many connections as it takes. Raises tuf's DownloadError."""
        if urlsplit(url).scheme == "file":
            yield from self._from_folder(url, start)
            return
        at, in_vain = start, 0
        while True:
            before = at
            try:
                for piece in self._once(url, at):
                    at += len(piece)
                    yield piece
            except (urllib3.exceptions.HTTPError, OSError) as exc:
                in_vain = 0 if at > before else in_vain + 1
                if in_vain >= _IN_VAIN:
                    raise DownloadError(f"the line breaks at byte {at}") from exc
            else:
                return

    def _once(self, url: str, start: int) -> Iterator[bytes]:
        asked = (
            {"Range": f"bytes={start}-", "Accept-Encoding": "identity"} if start else {"Accept-Encoding": "identity"}
        )
        response = self._pool.request("GET", url, headers=asked, preload_content=False, redirect=False)
        try:
            if start and response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # there is no more of it
            if response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                raise DownloadHTTPError(f"the repository answers {response.status}", response.status)
            skip = start
            if response.status == HTTPStatus.PARTIAL_CONTENT:
                if not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                    raise DownloadError("the repository sends another part than was asked for")
                skip = 0
            while received := response.read1(_PIECE, decode_content=False):
                self.received += len(received)
                piece = received[skip:]
                skip -= len(received) - len(piece)
                if piece:
                    yield piece
        finally:
            response.close()

    def _from_folder(self, url: str, start: int) -> Iterator[bytes]:
        try:
            with Path(unquote(urlsplit(url).path)).open("rb") as file:
                file.seek(start)
                while piece := file.read(_PIECE):
                    self.received += len(piece)
                    yield piece
        except FileNotFoundError as exc:
            raise DownloadHTTPError("the folder has no such file", HTTPStatus.NOT_FOUND) from exc

    def download(self, url: str, wanted: Stored, to: Path) -> None:
        """``to`` is ``wanted`` after it, durable. A part of it may lie there from before; what is wrong is thrown away.

        Raises Fault(DESTINATION_UNREACHABLE) where the line does not hold, Fault(UPDATE_REFUSED) for other bytes than those.
        """
        read = Hashed()
        to.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(to, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            while piece := file.read(1 << 20):
                read.take(piece)
            try:
                if read.size < wanted.size:
                    for piece in self._read(url, read.size):
                        read.take(piece)
                        if read.size > wanted.size:
                            break
                        file.write(piece)
            except DownloadError as exc:
                raise _unreachable(exc) from exc
            finally:
                file.flush()
                os.fsync(file.fileno())
        if read.size < wanted.size:
            # what there is may be right: the next try asks for the rest
            raise _short(to, read.size, wanted.size)
        if read.size > wanted.size:
            raise _refused(to, f"a file does not end after its {wanted.size} bytes")
        if read.hexdigest() != wanted.sha256:
            raise _refused(to, "a file is not what was signed")
        flush(to.parent)


def url_of(repository: str) -> str:
    """Of a folder too. Without a slash at its end."""
    return (repository if "://" in repository else Path(repository).absolute().as_uri()).rstrip("/")


def _unreachable(exc: DownloadError) -> Fault:
    if isinstance(exc, DownloadHTTPError):
        return Fault(
            Reason.DESTINATION_REFUSED, f"{exc}, for a file of the release", "publish the release again, whole"
        )
    return Fault(Reason.DESTINATION_UNREACHABLE, f"the update stopped: {exc}", "it goes on there at the next try")


def _short(path: Path, size: int, wanted: int) -> Fault:
    return Fault(
        Reason.UPDATE_REFUSED,
        f"a file ends after {size} of {wanted} bytes ({path.name[:16]})",
        "publish the release again, whole",
    )


def _refused(path: Path, what: str) -> Fault:
    path.unlink()
    return Fault(Reason.UPDATE_REFUSED, f"{what} ({path.name[:16]})", "it is fetched anew; else publish it again")
