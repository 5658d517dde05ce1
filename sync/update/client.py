"""What a cart believes of a repository: The Update Framework 1.0 (python-tuf), and a time below which nothing is believed.

The clock of a cart may be wrong: a year behind, and everything that ever was signed would still be good. So metadata is judged at
the later of the clock and the *floor*: the newest moment that something signed proves to be past, which is when the running release was built,
when the newest accepted timestamp was signed, and what the clock said as it was accepted (never after its own end, so that
a clock that ran ahead once shuts nobody out for good).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig

from edge.domain.fault import Fault, Reason
from sync.update import manifest
from sync.update.fetching import Line
from sync.update.manifest import Release, Rings

SIGNED_AT = "x-telecart-signed"
"""A field of the timestamp that TUF does not know: when it was signed, UTC."""

_TIMESTAMP_AT_MOST = 16 << 10
_METADATA_AT_MOST = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Believed:
    """``floor`` from now on. ``rings`` is None where nothing was published yet."""

    rings: Rings | None
    floor: dt.datetime


class Repository:
    """What is signed there, as a cart sees it. ``trust`` is the first root, ``metadata`` where it keeps what it believes.

    Raises Fault(UPDATE_REFUSED) for what is not believed and Fault(DESTINATION_UNREACHABLE) where nobody answers.
    """

    def __init__(self, url: str, line: Line, *, trust: bytes, metadata: Path) -> None:
        metadata.mkdir(parents=True, exist_ok=True)
        self._url, self._line, self._metadata = url, line, metadata
        with _in_our_words():
            self._updater = Updater(
                str(metadata),
                f"{url}/metadata",
                target_base_url=f"{url}/targets",
                fetcher=line,
                config=UpdaterConfig(
                    timestamp_max_length=_TIMESTAMP_AT_MOST,
                    snapshot_max_length=_METADATA_AT_MOST,
                    targets_max_length=_METADATA_AT_MOST,
                    root_max_length=_TIMESTAMP_AT_MOST,
                ),
                bootstrap=trust,
            )

    def believe(self, now: dt.datetime, floor: dt.datetime) -> Believed:
        """Asks for what is new. Times are UTC."""
        at = judged_at(now, floor)
        # tuf asks the machine's clock, and has no other way to be told the time
        self._updater._trusted_set.reference_time = at  # noqa: SLF001
        with _in_our_words():
            self._updater.refresh()
            timestamp = self._updater._trusted_set.timestamp  # noqa: SLF001
            found = self._updater.get_targetinfo(manifest.RINGS)
        signed = _moment(timestamp.unrecognized_fields.get(SIGNED_AT))
        rings = None if found is None else manifest.read(Rings, self._content(found))
        return Believed(rings, raised(floor, now=at, signed=signed, expires=timestamp.expires))

    def release(self, release: str, machine: str, python: str) -> Release:
        """The manifest of ``release`` for such a cart, which it has to fit."""
        place = manifest.place(release, machine, python)
        with _in_our_words():
            found = self._updater.get_targetinfo(place)
        if found is None:
            raise Fault(
                Reason.UPDATE_REFUSED,
                f"release {release} is not signed for {machine} with Python {python}",
                "build and publish one for this cart",
            )
        told = manifest.read(Release, self._content(found))
        if told.id != release:
            raise Fault(
                Reason.UPDATE_REFUSED, f"what is signed as {release} calls itself {told.id}", "publish it again"
            )
        manifest.refuse_another_machine(told, machine, python)
        return told

    def _content(self, found: TargetFile) -> bytes:
        if found.length > manifest.MANIFEST_AT_MOST:
            raise Fault(Reason.UPDATE_REFUSED, f"{found.path} is too large to be one", "publish it again")
        scratch = self._metadata / "target.new"
        with _in_our_words():
            self._updater.download_target(found, str(scratch))
        raw = scratch.read_bytes()
        scratch.unlink()
        return raw


def judged_at(now: dt.datetime, floor: dt.datetime) -> dt.datetime:
    """The time at which metadata is judged."""
    return max(now, floor)


def raised(floor: dt.datetime, *, now: dt.datetime, signed: dt.datetime | None, expires: dt.datetime) -> dt.datetime:
    """The floor after a timestamp that ends at ``expires`` was accepted at ``now``."""
    proven = min(max(now, signed or now), expires)
    return max(floor, proven)


def _moment(told: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(told).astimezone(dt.UTC) if isinstance(told, str) else None
    except ValueError:
        return None


@contextmanager
def _in_our_words() -> Iterator[None]:
    """tuf's errors as faults: each with the line that a person needs."""
    try:
        yield
    except ExpiredMetadataError as exc:
        raise _refused(
            f"what is signed there is too old: {exc}", "publish a new timestamp; look at the cart's clock"
        ) from exc
    except UnsignedMetadataError as exc:
        raise _refused(
            f"it is not signed by enough of the keys that this cart trusts: {exc}", "have it signed"
        ) from exc
    except BadVersionNumberError as exc:
        raise _refused(
            f"it is older than what this cart has seen: {exc}", "look who publishes an old repository"
        ) from exc
    except LengthOrHashMismatchError as exc:
        raise _refused(f"a file is not what was signed: {exc}", "publish the repository again, whole") from exc
    except DownloadLengthMismatchError as exc:
        raise _refused("a file does not end where it has to", "look who answers for the repository") from exc
    except RepositoryError as exc:
        raise _refused(f"what is signed cannot be read: {exc}", "publish the repository again, whole") from exc
    except DownloadHTTPError as exc:
        raise Fault(
            Reason.DESTINATION_REFUSED, f"the repository has not all it should have: {exc}", "publish it again, whole"
        ) from exc
    except DownloadError as exc:
        raise Fault(
            Reason.DESTINATION_UNREACHABLE, f"the repository cannot be read: {exc}", "it is tried again later"
        ) from exc
    except OSError as exc:
        raise Fault(
            Reason.STORE_IO, f"what is believed cannot be kept: {exc.strerror}", "check the disk of the cart"
        ) from exc


def _refused(what: str, do: str) -> Fault:
    return Fault(Reason.UPDATE_REFUSED, f"the update is refused: {what}", do)
