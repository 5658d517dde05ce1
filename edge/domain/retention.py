"""What may leave the cart once it is proven received, and when. Nothing else ever goes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from edge.domain.measurement import AS_FHIR, DOCUMENTS, Kind


class Rule(enum.StrEnum):
    AGE = "age"  # older than the retention of its kind
    DEPARTURE = "departure"  # the resident left so long ago


@dataclasses.dataclass(frozen=True, slots=True)
class Retention:
    """Days for which content stays on the cart after the last of its destinations proved that it has it."""

    vitals_days: int = 365
    ecg_days: int = 365
    photo_days: int = 365
    sound_days: int = 365
    departure_days: int = 30

    def days(self, kind: Kind) -> int:
        match kind:
            case Kind.ECG | Kind.ECG_PAPER:
                return self.ecg_days
            case Kind.PHOTO:
                return self.photo_days
            case Kind.SOUND:
                return self.sound_days
            case Kind.WITHDRAWAL:
                # not before what it withdraws, whatever that is
                return min(self.ecg_days, self.photo_days, self.sound_days)
            case _ if kind in AS_FHIR | DOCUMENTS:
                return self.vitals_days
        raise ValueError(kind)

    @property
    def shortest_days(self) -> int:
        """Nothing goes sooner, but after a departure."""
        return min(self.days(kind) for kind in Kind)

    def over(self, kind: Kind, received: dt.datetime, departed: dt.date | None, today: dt.datetime) -> Rule | None:
        """Why an item of ``kind`` may go that was proven received everywhere by ``received``; None while it may not.

        After a departure the earlier of the two ends counts. All in UTC (H9); a departure counts from the end of its day.
        """
        if today - received > dt.timedelta(days=self.days(kind)):
            return Rule.AGE
        if departed is not None and self.departure_over(departed, today):
            return Rule.DEPARTURE
        return None

    def departure_over(self, departed: dt.date, today: dt.datetime) -> bool:
        left = dt.datetime.combine(departed, dt.time.max, dt.UTC)
        return today - left > dt.timedelta(days=self.departure_days)


DEFAULT_RETENTION = Retention()


@dataclasses.dataclass(frozen=True, slots=True)
class Gone:
    """One item of a certificate. ``received`` names each destination with when it was proven to have it (UTC, ISO 8601).

    ``sha256`` is the hash of what each destination has, in hex. ``withdrawn`` names each destination where it counts no more,
    with when it was undone: none of them is said to have it.
    """

    item_id: str
    kind: str
    taken: str
    rule: Rule
    received: dict[str, str]
    sha256: dict[str, str]
    withdrawn: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Certificate:
    """What went, why, and where it is now. No name and no value: a resident is her local identifier."""

    id: str
    made: str
    items: tuple[Gone, ...]
    residents: tuple[str, ...]
    """Local identifiers of those whose traits went too: they left, and nothing of theirs is here any more."""
    quarantined: tuple[int, ...] = ()
    """Sequences of what came from devices and was not understood: its bytes went."""
