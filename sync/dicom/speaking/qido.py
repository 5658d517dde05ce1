"""What a DICOMweb server says in the DICOM JSON Model (PS3.18 F.2), and how it is searched (QIDO-RS, PS3.18 10.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from sync.dicom.speaking.web import Session

JSON: Final = "application/dicom+json"


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of the DICOM JSON Model (PS3.18 F.2)."""

    vr: str = ""
    Value: list[object] = []


Entity = dict[str, Attribute]

_entities: Final = msgspec.json.Decoder(list[Entity])


def first(entity: Entity, tag: str) -> str | int | None:
    """The first value of an attribute that is a text or a number."""
    values = entity[tag].Value if tag in entity else []
    return values[0] if values and isinstance(values[0], str | int) else None


async def searched(session: Session, path: str, query: Mapping[str, str]) -> list[Entity]:
    """What the server shows. Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED | DESTINATION_BUSY)."""
    answer = await session.get(path, JSON, query=query)
    if answer.status == 204:
        return []
    if answer.status != 200:
        raise refused(answer.status, "say what it holds (QIDO-RS)")
    try:
        return _entities.decode(answer.body or b"")
    except (ValueError, RecursionError) as exc:
        raise Fault(
            Reason.DESTINATION_REFUSED,
            "what answers for the PACS does not answer as DICOMweb says",
            "check the network and the url in the settings",
        ) from exc


def refused(status: int, what: str) -> Fault:
    """What an HTTP status means that is about the server and not about an object."""
    if status in {408, 429} or status >= 500:
        return Fault(Reason.DESTINATION_BUSY, f"the PACS cannot {what} now (HTTP {status})")
    if 300 <= status < 400:
        return Fault(
            Reason.DESTINATION_UNREACHABLE,
            f"something answers for the PACS and sends elsewhere (HTTP {status})",
            "check the network and the url in the settings",
        )
    return Fault(
        Reason.DESTINATION_REFUSED,
        f"the PACS does not {what} (HTTP {status})",
        "ask its administrator to admit this cart, or correct the url in the settings",
    )
