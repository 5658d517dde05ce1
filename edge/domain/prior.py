"""Earlier pictures and ECGs of a resident: the cart's own, and what far ends gave back.

Never another person's: an object is believed to be a resident's only if identifier, its issuer and the birth date agree (H1).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import string
from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from urllib.parse import quote

from edge.domain.body_site import SITES, BodySite, Side
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.domain.waveform import Waveform


class PriorKind(enum.StrEnum):
    PHOTO = "photo"
    ECG = "ecg"
    DOCUMENT = "document"
    OTHER = "other"


@dataclasses.dataclass(frozen=True, slots=True)
class Prior:
    """One line of a list. ``id`` is an item's, or a SOP Instance UID where ``source`` names a far end ("" is this cart).

    ``taken`` is ISO 8601, or "" where nobody told; ``title`` a view, or the words of a far end; ``who`` may be "". ``region`` is
    what a far end calls a part of the body that this cart does not know. ``size`` in bytes.
    """

    id: str
    kind: PriorKind
    taken: str
    title: str
    source: str = ""
    site: BodySite | None = None
    side: Side | None = None
    region: str = ""
    who: str = ""
    device: str = ""
    intimate: bool = False
    size: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """Whose an object says that it is; "" where it does not. ``birth_date`` as DICOM writes it (YYYYMMDD)."""

    patient_id: str
    issuer: str
    birth_date: str


class Doubt(enum.StrEnum):
    """Why an object is not taken for this resident's."""

    IDENTIFIER = "identifier"
    ISSUER = "issuer"
    BIRTH_DATE = "birth_date"


def doubt(claimed: Claimed, patient: Patient, default_issuer: str = "") -> Doubt | None:
    """None: it is this resident's. ``default_issuer`` is who gives the identifiers of a far end that does not say it.

    What is not said does not agree: neither an issuer nor a birth date is ever guessed.
    """
    if not claimed.patient_id or claimed.patient_id != patient.id:
        return Doubt.IDENTIFIER
    if (claimed.issuer or default_issuer) != patient.issuer:
        return Doubt.ISSUER
    if claimed.birth_date != f"{patient.birth_date:%Y%m%d}":
        return Doubt.BIRTH_DATE
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What a fetched object is. Its person was compared before (``doubt``)."""

    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str
    kind: PriorKind
    modality: str
    taken: str
    title: str
    site: BodySite | None = None
    side: Side | None = None
    region: str = ""
    intimate: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """For one resident and one far end: ``most_bytes`` are held at once, ``seconds`` one search takes at most, nothing older
    than ``days``, and only these ``modalities``.
    """

    most_bytes: int
    seconds: float
    days: int
    modalities: frozenset[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What is here of one resident. ``ours`` are the studies of this cart: it has their objects already."""

    ours: frozenset[str]
    known: frozenset[str]
    bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Search:
    """How a search went. ``left_out`` objects are beyond the budgets; ``what`` is one plain line, "" where all went well."""

    source: str
    at_utc: str
    done: bool
    left_out: int
    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """What can be shown of an earlier object: a picture as a baseline JPEG, an ECG, or nothing of both."""

    jpeg: bytes | None = None
    ecg: Waveform | None = None


class EarlierBook(Protocol):
    """What is here of a resident, for people. Raises Fault(STORE_IO | STORE_DAMAGED)."""

    async def earlier(self, patient_id: str, besides: str | None = None) -> Sequence[Prior]:
        """The newest first, those of the encounter ``besides`` left out."""
        ...

    async def copy(self, patient_id: str, sop_uid: str) -> bytes:
        """The DICOM file that was fetched. Raises Fault(PURGED) where it is not here, or not this resident's."""
        ...

    async def searches(self, patient_id: str) -> Sequence[Search]: ...


class PriorStore(Protocol):
    """Where fetched objects are kept. Each method is one short transaction; Fault(STORE_IO | STORE_DAMAGED | NO_ROOM)."""

    async def wanted(self, source: str, now: Instant, every_seconds: float) -> Sequence[Patient]:
        """Who is on screen, was lately or is expected, and was not searched for within ``every_seconds``."""
        ...

    async def busy(self) -> bool:
        """Whether a delivery has something to send now."""
        ...

    async def held(self, patient_id: str, source: str) -> Held: ...

    async def keep(self, patient: Patient, source: str, found: Found, content: bytes, now: Instant) -> bool:
        """False where the resident was corrected, or left for good, since ``patient`` was read: nothing is kept then."""
        ...

    async def refuse(self, patient_id: str, source: str, sop_uid: str, reason: str, now: Instant) -> None: ...

    async def searched(self, patient_id: str, search: Search, fetched: int, now: Instant) -> None: ...


# --- where nothing may be fetched: a link


_PLACES: Final = frozenset({"ipp", "issuer", "ins", "ins_oid"})


def link_places(template: str) -> frozenset[str]:
    """The names in braces. Raises ValueError for a template that is no https address, or names something else."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as exc:
        raise ValueError("its braces do not match") from exc
    names = {name for _, name, _, _ in parts if name is not None}
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError("a name in braces stands alone")
    if names - _PLACES:
        raise ValueError(f"{{{min(names - _PLACES)}}} is none of " + ", ".join(sorted(_PLACES)))
    host = template.removeprefix("https://").partition("/")[0].partition("?")[0]
    if not template.startswith("https://") or not host or "{" in host or "@" in host or not template.isprintable():
        raise ValueError("it is no https address")
    return frozenset(names)


def link(template: str, patient: Patient, *, demonstration: bool = False) -> str | None:
    """The address of a portal for this resident, every value URL-encoded; None where one of them is not to be given.

    The INS leaves only where it is qualified (H2), and one of tests or demonstrations only on a ``demonstration`` (H7). No
    token: whoever opens it signs in there.
    """
    ins = patient.ins_to_send
    if ins is not None and ins.why_not(demonstration=demonstration) is not None:
        ins = None
    values: Mapping[str, str] = {
        "ipp": patient.id,
        "issuer": patient.issuer,
        "ins": ins.matricule if ins else "",
        "ins_oid": ins.oid if ins else "",
    }
    if not all(values[name] for name in link_places(template)):
        return None
    return template.format_map({name: quote(value, safe="") for name, value in values.items()})


def newest_first(priors: Sequence[Prior]) -> tuple[Prior, ...]:
    """By date; what tells none comes last."""
    return tuple(sorted(priors, key=lambda prior: _moment(prior.taken), reverse=True))


def of_site(priors: Sequence[Prior], site: BodySite | None, side: Side | None) -> tuple[Prior, ...]:
    """Photos of this part of the body, in their order: those of another part, or of its other side, are not comparable (H4).

    None where nobody told the part, or of two which side.
    """
    if site is None or (SITES[site].paired and side is None):
        return ()
    return tuple(one for one in priors if one.kind is PriorKind.PHOTO and (one.site, one.side) == (site, side))


def _moment(taken: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(taken)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
