"""`telecart outbox`: what waits, since when, why, and what a person can do about it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from edge.domain.body_site import BodySite, Side
from edge.domain.delivery import advice
from edge.domain.fault import Fault, Reason
from edge.domain.item import Payload
from edge.domain.measurement import Kind
from edge.domain.photo import Photo, View
from edge.domain.waveform import Waveform
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import destinations, places_of
from edge.settings import Settings
from edge.store.keeping.reports import Reports
from edge.store.ledger import open_for_sync
from edge.store.sending import outbox, release
from edge.store.sending.release import Released

_NOBODY = "nobody in the settings has this name any more: give it to a destination there again, or ask the fleet admin"


def waiting(settings: Settings) -> list[dict[str, str | int | None]]:
    """What is not received, oldest first. Raises Fault where there is no store or no key."""
    opened = open_for_sync(places_of(settings))
    try:
        rows = outbox.waiting(opened)
    finally:
        opened.database.close()
    names = {end.name for end in settings.destinations}
    return [
        {
            "item": row.item_id,
            "kind": row.kind,
            "of": row.part_of,
            "destination": row.destination,
            "state": row.state.value,
            "attempts": row.attempts,
            "reason": row.reason,
            "what": row.what or _part(row),
            "do": advice(row.state, Reason(row.reason) if row.reason else None)
            if row.destination in names
            else _NOBODY,
            "taken": row.taken_utc,
            "since": row.changed_utc,
        }
        for row in rows
    ]


def _part(row: outbox.Row) -> str:
    """What an item is that nobody captured."""
    if row.part_of is None:
        return ""
    return f"withdraws {row.part_of}" if row.kind == Kind.WITHDRAWAL else f"paper of {row.part_of}"


def age(since: str, now: dt.datetime) -> str:
    """For a person: the largest unit that fits, such as ``3 d``; less than nothing is a clock that was changed."""
    seconds = (now - dt.datetime.fromisoformat(since)).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def let_go(settings: Settings, item_id: str | None, destination: str | None) -> Sequence[Released]:
    """Sends again what waits for a person. Raises Fault(NOT_ALLOWED) where nothing of it does."""
    opened = open_for_sync(places_of(settings))
    try:
        by = of_process("outbox", "telecart outbox release")
        return release.release(opened.database, item_id, destination, SystemClock().now(), by)
    finally:
        opened.database.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What a photo shows after all; None is as it was. Another ``site`` takes the side with it that was told of the one before."""

    view: View | None = None
    site: BodySite | None = None
    side: Side | None = None

    def __bool__(self) -> bool:
        return self != Shown()


def correct(settings: Settings, item_id: str, shown: Shown, leads: Mapping[str, str]) -> Sequence[Released]:
    """Corrects what is said of an item and sends it anew: what a photo shows, how the leads of a recording are called.

    With neither, only the object is built anew, for instance because the resident's file was corrected. What was sent of it
    before is withdrawn. Raises
    Fault(NOT_ALLOWED) for an item that does not wait for a person, or that has nothing of the kind.
    """

    def change(kind: Kind, content: Payload) -> Payload:
        match content:
            case Photo() if shown and not leads:
                return _relabelled(content, shown)
            case Waveform() if leads and not shown:
                return _renamed(content, leads)
            case _ if not shown and not leads:
                return content
        raise Fault(
            Reason.NOT_ALLOWED,
            f"a {kind.value} has nothing of the kind to correct",
            "--view, --site and --side are for a photo, --lead for an ECG",
        )

    opened = open_for_sync(places_of(settings))
    try:
        by = of_process("outbox", "telecart outbox correct")
        return release.correct(opened.database, item_id, change, SystemClock().now(), by)
    finally:
        opened.database.close()


def correct_resident(settings: Settings, patient_id: str) -> Sequence[Released]:
    """Builds all anew that was built under former traits of a resident. Raises Fault(NO_RESIDENT | NOT_ALLOWED)."""
    opened = open_for_sync(places_of(settings))
    try:
        by = of_process("outbox", "telecart outbox correct --resident")
        reports = Reports(opened.database, opened.blobs, destinations(settings))
        return release.correct_resident(opened.database, patient_id, SystemClock().now(), by, reports)
    finally:
        opened.database.close()


def _relabelled(photo: Photo, shown: Shown) -> Photo:
    site = shown.site or photo.site
    side = shown.side or (photo.side if site is photo.site else None)
    try:
        return dataclasses.replace(photo, view=shown.view or photo.view, site=site, side=side)
    except ValueError as exc:
        raise Fault(
            Reason.NOT_ALLOWED, "there is one of that part of the body, or none is told", "give --site with its --side"
        ) from exc


def _renamed(recording: Waveform, leads: Mapping[str, str]) -> Waveform:
    strangers = set(leads) - set(recording.leads)
    names = tuple(leads.get(name, name) for name in recording.leads)
    if strangers or len(set(names)) != len(names):
        raise Fault(
            Reason.NOT_ALLOWED,
            f"the recording has the leads {', '.join(recording.leads)}",
            "name one of them, and give each a name of its own",
        )
    return dataclasses.replace(recording, leads=names)
