"""What a C-STORE status means for an object (PS3.4 table B.2-1, PS3.7 annex C).

Rule: success and warnings are "sent, not yet proven"; what may pass by itself is tried again, for ever; what will not
pass by itself needs a person. A status that nobody defined needs a person too: it is never taken for success.
"""

from __future__ import annotations

from edge.domain.delivery import Event
from edge.domain.fault import Reason

_ACCEPTED = {
    0x0000: "",
    0x0001: "the PACS stored it with a warning",
    0x0107: "the PACS stored it with a warning about an attribute",
    0x0111: "the PACS had it already",
    0x0116: "the PACS stored it with a warning about a value",
    0xB000: "the PACS stored it and changed values",
    0xB006: "the PACS stored it and dropped elements",
    0xB007: "the PACS stored it although it found it does not match its class",
}
_TRY_LATER = {
    0x0110: "the PACS failed while it worked on the object",
    0x0210: "the PACS took the message for another one",
    0x0213: "the PACS has no resources",
}


def meaning(status: int | None) -> tuple[Event, Reason | None, str]:
    """The event, its reason and one plain line. None: the peer gave no status."""
    if status is None:
        return Event.TRY_LATER, Reason.DESTINATION_BUSY, "the PACS broke off in the middle of the object"
    if status in _ACCEPTED:
        return Event.ACCEPTED, None, _ACCEPTED[status]
    if status in _TRY_LATER:
        return Event.TRY_LATER, Reason.DESTINATION_BUSY, _TRY_LATER[status]
    if status & 0xFF00 == 0xA700:
        return Event.TRY_LATER, Reason.DESTINATION_BUSY, f"the PACS is out of resources (status {status:04X})"
    return Event.REFUSED, Reason.DESTINATION_REFUSED, f"the PACS refused the object (status {status:04X})"
