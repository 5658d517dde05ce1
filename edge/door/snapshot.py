"""What a screen may show, from what is saved. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from edge.acquire.call import Call
from edge.acquire.devices import Devices, Seen
from edge.acquire.recorder import ScanSeen, warning
from edge.acquire.strip import StripState
from edge.domain.binding import OnScreen
from edge.domain.capture import Overview, Standing
from edge.domain.delivery import State
from edge.domain.item import Item
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.domain.ports import LiveSamples, LiveValue
from edge.domain.posture import Posture
from edge.domain.waveform import Waveform
from edge.domain.whose import Apart, is_without_identity
from edge.door import messages as m
from edge.door.item_card import age, item, value_of
from edge.door.score_card import News2, news2 as news2_card

TRACE_SECONDS = 10
_TRACE_HERTZ = 125


def resident(patient: Patient) -> m.ResidentCard:
    return m.ResidentCard(
        id=patient.id,
        birth_name=patient.birth_name,
        given_names=patient.given_names,
        used_name=patient.used_name,
        birth_date=patient.birth_date.isoformat(),
        sex=patient.sex.value,
        room=patient.room,
        identity_status=patient.status.value,
        allergies=patient.allergies,
        without_identity=is_without_identity(patient.id),
        treating_doctor=patient.treating_doctor.name if patient.treating_doctor else "",
        treating_rpps=patient.treating_doctor.rpps if patient.treating_doctor else "",
        protection=patient.protection.value if patient.protection else "",
        representative=patient.representative,
        long_term_illness=patient.long_term_illness,
    )


def score(overview: Overview, now: Instant, as_set: News2) -> m.News2Card:
    return news2_card(overview.lines, now, as_set.window, age=age, value=value_of, scale_two=as_set.scale_two)


def live(values: Sequence[LiveValue]) -> tuple[m.LiveCard, ...]:
    return tuple(
        m.LiveCard(
            kind=value.reading.kind.value,
            device=value.device.label,
            values=tuple(value_of(c) for c in value.reading.components),
            quality=tuple(q.value for q in value.reading.quality),
        )
        for value in values
    )


def live_trace(event: LiveSamples) -> m.LiveTrace:
    """An ECG with a scale in millivolts, any other signal in its own steps."""
    samples = event.samples
    step = samples.microvolts_per_step
    factor = 1.0 if step is None else float(step) / 1000
    return m.LiveTrace(
        device=event.device.label,
        signal=samples.signal.value,
        label=samples.label,
        hertz=float(samples.hertz),
        values=tuple(round(value * factor, 4) for value in samples.values),
        lost=samples.lost,
        in_millivolts=step is not None,
    )


def trace(of: Item) -> m.Trace | None:
    """Lead II, or the first there is, of an ECG; None for anything else."""
    return trace_of(of.id, of.payload) if isinstance(of.payload, Waveform) else None


def trace_of(item_id: str, ecg: Waveform) -> m.Trace:
    """The same of an ECG by itself."""
    lead = "II" if "II" in ecg.leads else ecg.leads[0]
    every = max(1, round(float(ecg.sampling_hz) / _TRACE_HERTZ))
    steps = ecg.lead(lead)[: int(ecg.sampling_hz) * TRACE_SECONDS : every]
    scale = ecg.scale(lead)
    millivolts = float(scale.microvolts_per_step) / 1000 if scale else 1.0
    baseline = float(scale.baseline_microvolts) / 1000 if scale else 0.0
    return m.Trace(
        item_id=item_id,
        lead=lead,
        hertz=float(ecg.sampling_hz) / every,
        millivolts=tuple(round(step * millivolts + baseline, 4) for step in steps),
        in_millivolts=scale is not None,
        seconds=float(ecg.seconds),
    )


def strip(state: StripState | None) -> m.StripCard:
    if state is None:
        return m.StripCard()
    return m.StripCard(
        state="ending" if state.ending else "recording",
        device=state.device.label,
        since=state.since.utc.isoformat(),
        seconds=state.seconds,
        safe_seconds=state.safe,
    )


def device_cards(devices: Devices, now: Instant) -> tuple[m.DeviceCard, ...]:
    """Those that were heard of since the start, then those on the list that were not."""
    listed = {one.id: one for one in devices.appliances()}
    cards = [_device(seen, devices, wireless=seen.device.id in listed, now=now) for seen in devices.seen.values()]
    cards += [
        m.DeviceCard(
            id=one.id, label=one.label, model=one.model, connected=False, wireless=True, serial_number=one.serial_number
        )
        for one in listed.values()
        if one.id not in devices.seen
    ]
    return tuple(cards)


def _device(seen: Seen, devices: Devices, *, wireless: bool, now: Instant) -> m.DeviceCard:
    about = seen.about
    return m.DeviceCard(
        id=seen.device.id,
        label=seen.device.label,
        model=seen.device.model,
        connected=seen.connected,
        what=seen.what,
        trusted=devices.trusted(seen.device.id),
        wireless=wireless,
        manufacturer=about.manufacturer if about else "",
        model_number=about.model_number if about else "",
        serial_number=about.serial_number if about else "",
        firmware=about.firmware if about else "",
        battery_percent=about.battery_percent if about else None,
        heard_seconds=None if seen.heard is None else max(0.0, now.monotonic_ns / 1e9 - seen.heard),
    )


_Labelled = TypeVar("_Labelled", m.ItemCard, m.LiveCard, m.EarlierCard, m.UnreadCard, m.WholeEcg)


def in_english(card: _Labelled, english: Callable[[str], str]) -> _Labelled:
    """With the English of its device's label."""
    return msgspec.structs.replace(card, device_en=english(card.device))


def earlier_in_english(said: m.Earlier, english: Callable[[str], str]) -> m.Earlier:
    return msgspec.structs.replace(said, ecg=in_english(said.ecg, english)) if said.ecg else said


def standing_in_english(card: m.StandingCard, english: Callable[[str], str]) -> m.StandingCard:
    """With the English of the devices of what waits and of what changed."""
    changes = tuple(
        msgspec.structs.replace(one, values=tuple(in_english(value, english) for value in one.values))
        for one in card.handover.changes
    )
    return msgspec.structs.replace(
        card,
        stopped=tuple(msgspec.structs.replace(one, item=in_english(one.item, english)) for one in card.stopped),
        handover=msgspec.structs.replace(card.handover, changes=changes),
    )


def _since(utc: str | None, now: Instant) -> float | None:
    return None if utc is None else max(0.0, (now.utc - dt.datetime.fromisoformat(utc)).total_seconds())


def strays(found: Apart, now: Instant) -> tuple[m.StrayCard, ...]:
    return tuple(m.StrayCard(item=item(one.line, now), why=one.why.value, near=one.near) for one in found.strays)


def unread(found: Apart, devices: Devices) -> tuple[m.UnreadCard, ...]:
    labels = {one.id: one.label for one in devices.appliances()} | {
        seen.device.id: seen.device.label for seen in devices.seen.values()
    }
    return tuple(
        m.UnreadCard(
            number=one.number,
            device=labels.get(one.device_id, one.device_model),
            taken=one.taken.isoformat(),
            reason=one.reason,
        )
        for one in found.unread
    )


def waiting(standing: Standing, now: Instant) -> m.Waiting:
    return m.Waiting(
        kept=standing.counts[State.KEPT],
        pending=standing.counts[State.PENDING],
        sent=standing.counts[State.SENT],
        received=standing.counts[State.RECEIVED],
        needs_person=standing.counts[State.NEEDS_PERSON],
        withdrawn=standing.counts[State.WITHDRAWN],
        oldest_seconds=_since(standing.oldest_utc, now) or 0.0,
        last_received_seconds=_since(standing.last_received_utc, now),
    )


def for_bedside(
    *,
    cart: str,
    demo: bool,
    now: Instant,
    shown: OnScreen | None,
    overview: Overview,
    newest_trace: m.Trace | None,
    running: Sequence[LiveValue],
    devices: Devices,
    nearby: tuple[m.NearbyCard, ...],
    pairing: m.PairingCard,
    scan: ScanSeen,
    residents: Sequence[Patient],
    notice: str,
    call: Call,
    english: Callable[[str], str],
    posture: Posture = Posture(),  # noqa: B008
    recorded: StripState | None = None,
    earlier: tuple[m.EarlierCard, ...] = (),
    news2: News2 | None = None,
    apart: Apart = Apart(),  # noqa: B008
    contacts: tuple[m.ContactCard, ...] = (),
    dossiers: tuple[m.DossierCard, ...] = (),
    windows: m.WindowCard = m.WindowCard(),  # noqa: B008
    movements: int = 0,
    consent: m.ConsentCard = m.ConsentCard(),  # noqa: B008
) -> m.Snapshot:
    """``english`` gives the English of a line or label of ours."""
    return m.Snapshot(
        windows=windows,
        movements=movements,
        cart=cart,
        demo=demo,
        clock=now.utc.isoformat(),
        resident=resident(shown.patient) if shown else None,
        encounter_id=shown.encounter.id if shown else None,
        items=tuple(in_english(item(line, now), english) for line in overview.lines),
        live=tuple(in_english(one, english) for one in live(running)),
        trace=newest_trace,
        strip=strip(recorded),
        earlier=tuple(in_english(one, english) for one in earlier) if shown else (),
        residents=tuple(resident(patient) for patient in residents),
        devices=tuple(
            msgspec.structs.replace(card, label_en=english(card.label), what_en=english(card.what))
            for card in device_cards(devices, now)
        ),
        nearby=tuple(msgspec.structs.replace(one, label_en=english(one.label)) for one in nearby),
        pairing=msgspec.structs.replace(pairing, what_en=english(pairing.what)),
        scan=m.ScanCard(number=scan.number, patient_id=scan.patient_id),
        waiting=waiting(overview.standing, now),
        strays=tuple(msgspec.structs.replace(one, item=in_english(one.item, english)) for one in strays(apart, now)),
        unread=tuple(in_english(one, english) for one in unread(apart, devices)),
        reconciled=tuple(m.ReconciledCard(resident=resident(one), became=became) for one, became in apart.reconciled),
        unassigned=overview.unassigned,
        quarantined=overview.quarantined,
        notice=notice,
        notice_en=english(notice),
        warning=warning(posture),
        warning_en=english(warning(posture)),
        disk_free_bytes=posture.free_bytes,
        call=_call(call, shown),
        news2=score(overview, now, news2) if shown and news2 else m.News2Card(),
        contacts=contacts,
        dossiers=dossiers if shown else (),
        consent=consent,
    )


def _call(call: Call, shown: OnScreen | None) -> m.CallCard:
    hers = shown is not None and shown.encounter.id == call.encounter_id
    return m.CallCard(
        call_id=call.call_id,
        state=call.state.value,
        # of a resident who may not be the one on screen
        address="" if call.parked else call.address,
        pin="" if call.parked else call.pin,
        link_minutes=call.link_minutes,
        parked=call.parked,
        what=call.what,
        guest=call.guest,
        visitor=call.visitor,
        video_frames_sent=call.video_frames_sent,
        vitals_messages=call.vitals_messages,
        note=tuple(call.note.splitlines()) if hers else (),
        note_by=call.note_by if hers else "",
    )
