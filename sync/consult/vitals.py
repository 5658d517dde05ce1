"""The saved items of the call's resident, as the specialist's page reads them from the data channel. Pure."""

from __future__ import annotations

import dataclasses
import json


@dataclasses.dataclass(frozen=True, slots=True)
class Resident:
    """``allergies`` None: unknown; (): none known. ``birth_date`` ISO 8601."""

    birth_name: str
    given_names: str
    used_name: str | None
    birth_date: str
    sex: str
    room: str
    identity_status: str
    allergies: tuple[str, ...] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """A decimal number as text with its UCUM unit, or None with the reason in ``quality``."""

    name: str
    value: str | None
    unit: str | None
    quality: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class SavedItem:
    """``taken`` is ISO 8601 in UTC, ``age_seconds`` its age when the message was written."""

    item_id: str
    kind: str
    device: str
    taken: str
    age_seconds: float
    values: tuple[Value, ...]
    quality: tuple[str, ...]
    state: str
    entered_in_error: bool
    remark: str
    device_en: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Portal:
    """Where a region shows this resident's earlier pictures; the doctor signs in there herself."""

    name: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Agreed:
    """What allows the call: ``basis`` is a word of edge.domain.consent, ``collected`` ISO 8601; ``other`` who had a say with her."""

    basis: str
    standing: bool
    collected: str
    by: str
    other: str


def message(
    number: int,
    resident: Resident,
    items: tuple[SavedItem, ...],
    portals: tuple[Portal, ...] = (),
    agreed: Agreed | None = None,
) -> str:
    """One numbered message: the page sees from a gap, or from silence, that something is missing."""
    content = {
        "type": "vitals",
        "number": number,
        "resident": dataclasses.asdict(resident),
        "items": [dataclasses.asdict(item) for item in items],
        "portals": [dataclasses.asdict(portal) for portal in portals],
        "agreed": dataclasses.asdict(agreed) if agreed else None,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
