"""What a screen may show, from what is saved. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from edge.acquire.attendance import Attendance
from edge.acquire.call import OPEN, Call
from edge.acquire.devices import Devices, Seen
from edge.acquire.recorder import ScanSeen, warning
from edge.acquire.strip import StripState
from edge.domain.binding import OnScreen
from edge.domain.capture import Line, Overview, Standing
from edge.domain.delivery import State
from edge.domain.item import Item, Paper, Withdrawal
from edge.domain.measurement import Component, Instant, Reading
from edge.domain.patient import Patient
from edge.domain.photo import Photo
from edge.domain.ports import LiveSamples, LiveValue
from edge.domain.posture import Posture
from edge.domain.quantity import Unit
from edge.domain.sound import Sound
from edge.domain.staff import Deed
from edge.domain.typed import acvpu
from edge.domain.waveform import Waveform
from edge.domain.whose import Apart, is_without_identity
from edge.door import messages as m
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
    )


def _value(component: Component) -> m.Value:
    """With the digits that people read: 120.009852 mm[Hg], converted from a kilopascal, is 120; consciousness is a letter."""
    quantity = component.quantity
    said = None if quantity is None else f"{quantity.shown():f}"
    if quantity is not None and quantity.unit is Unit.ACVPU:
        answer = acvpu(quantity)
        said = answer.value if answer else None
    return m.Value(
        name=component.name.value,
        value=said,
        unit=None if quantity is None else quantity.unit.value,
        quality=tuple(q.value for q in component.quality),
    )


def _age(taken: Instant, now: Instant) -> float:
    """Seconds. By the monotonic clock where it can be, so that a corrected wall clock makes nothing younger (H6)."""
    if taken.boot_id == now.boot_id:
        return max(0.0, (now.monotonic_ns - taken.monotonic_ns) / 1e9)
    return max(0.0, (now.utc - taken.utc).total_seconds())


def _photo_remark(photo: Photo) -> str:
    if photo.too_bright:
        return "surexposée"
    return "sombre" if photo.too_dark else "floue" if photo.too_blurred else ""


def item(line: Line, now: Instant) -> m.ItemCard:
    values: tuple[m.Value, ...] = ()
    quality: tuple[str, ...] = ()
    remark = device_time = ""
    match line.payload:
        case Reading(components=components, quality=qualities, device_time=when):
            values = tuple(_value(c) for c in components)
            quality = tuple(q.value for q in qualities)
            device_time = when.isoformat() if when else ""
        case Photo() as still:
            values = (m.Value(name="view", value=still.view.value, unit=None),)
            remark = _photo_remark(still)
        case Sound() as sound:
            values = (m.Value(name="source", value=sound.source.value, unit=None),)
            values += (m.Value(name="seconds", value=f"{sound.seconds:.0f}", unit="s"),)
            remark = "trop faible" if sound.too_quiet else "saturé" if sound.too_loud else ""
        case Waveform() | Paper() | Withdrawal():
            pass
    photo = line.payload if isinstance(line.payload, Photo) else None
    return m.ItemCard(
        item_id=line.item_id,
        kind=line.kind.value,
        device=line.device.label,
        model=line.device.model,
        taken=line.taken.utc.isoformat(),
        age_seconds=_age(line.taken, now),
        values=values,
        quality=quality,
        state=line.state.value,
        entered_in_error=line.entered_in_error,
        remark=remark,
        device_time=device_time,
        site=photo.site.value if photo and photo.site else "",
        side=photo.side.value if photo and photo.side else "",
        intimate=photo is not None and photo.is_intimate,
    )


def score(overview: Overview, now: Instant, as_set: News2) -> m.News2Card:
    return news2_card(overview.lines, now, as_set.window, age=_age, value=_value, scale_two=as_set.scale_two)


def live(values: Sequence[LiveValue]) -> tuple[m.LiveCard, ...]:
    return tuple(
        m.LiveCard(
            kind=value.reading.kind.value,
            device=value.device.label,
            values=tuple(_value(c) for c in value.reading.components),
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
) -> m.Snapshot:
    """``english`` gives the English of a line or label of ours."""
    return m.Snapshot(
        cart=cart,
        demo=demo,
        clock=now.utc.isoformat(),
        resident=resident(shown.patient) if shown else None,
        encounter_id=shown.encounter.id if shown else None,
        items=tuple(item(line, now) for line in overview.lines),
        live=live(running),
        trace=newest_trace,
        strip=strip(recorded),
        earlier=earlier if shown else (),
        residents=tuple(resident(patient) for patient in residents),
        devices=tuple(
            msgspec.structs.replace(card, label_en=english(card.label), what_en=english(card.what))
            for card in device_cards(devices, now)
        ),
        nearby=tuple(msgspec.structs.replace(one, label_en=english(one.label)) for one in nearby),
        pairing=msgspec.structs.replace(pairing, what_en=english(pairing.what)),
        scan=m.ScanCard(number=scan.number, patient_id=scan.patient_id),
        waiting=waiting(overview.standing, now),
        strays=strays(apart, now),
        unread=unread(apart, devices),
        reconciled=tuple(m.ReconciledCard(resident=resident(one), became=became) for one, became in apart.reconciled),
        unassigned=overview.unassigned,
        quarantined=overview.quarantined,
        notice=notice,
        notice_en=english(notice),
        warning=warning(posture),
        warning_en=english(warning(posture)),
        disk_free_bytes=posture.free_bytes,
        call=_call(call),
        news2=score(overview, now, news2) if shown and news2 else m.News2Card(),
    )


def _call(call: Call) -> m.CallCard:
    return m.CallCard(
        call_id=call.call_id,
        state=call.state.value,
        address=call.address,
        pin=call.pin,
        what=call.what,
        video_frames_sent=call.video_frames_sent,
        vitals_messages=call.vitals_messages,
    )


def for_media(bedside: m.Snapshot, call: Call, portals: tuple[m.PortalCard, ...] = ()) -> m.Snapshot:
    """What media may know: the call, and its resident only while the call is admitted and consented (T14, H19).

    ``portals`` are links for the doctor, of the resident of ``bedside``.
    """
    open_call = call.state in OPEN and bedside.encounter_id == call.encounter_id
    return m.Snapshot(
        cart=bedside.cart,
        demo=bedside.demo,
        clock=bedside.clock,
        resident=bedside.resident if open_call else None,
        encounter_id=bedside.encounter_id if open_call else None,
        items=bedside.items if open_call else (),
        portals=portals if open_call else (),
        call=bedside.call,
    )


def attendance(who: Attendance) -> m.AttendanceCard:
    member = who.present.member if who.present else None
    asked = who.asked
    return m.AttendanceCard(
        required=who.required,
        locked=who.locked,
        name=member.name if member else "",
        role=member.role.value if member else "",
        emergency=who.present is not None and member is None,
        may=tuple(deed.value for deed in Deed if who.may(deed)),
        entrance=asked.entrance.value if asked.entrance and who.locked else "",
        asked=asked.name if who.locked else "",
        wait_seconds=asked.wait_seconds,
        what=asked.what,
    )


def at_the_screen(bedside: m.Snapshot, who: Attendance) -> m.Snapshot:
    """``bedside`` as the screen may show it: of residents and their values nothing while it is locked, nor to who may choose none (H1).

    That a recording or a call goes on is still said; at the emergency door residents can be chosen and nothing saved is seen.
    """
    card = attendance(who)
    if not who.may(Deed.CHOOSE_RESIDENT):
        tends_devices = who.may(Deed.DEVICES)
        return m.Snapshot(
            cart=bedside.cart,
            demo=bedside.demo,
            clock=bedside.clock,
            strip=bedside.strip,
            devices=bedside.devices if tends_devices else (),
            nearby=bedside.nearby if tends_devices else (),
            pairing=bedside.pairing if tends_devices else m.PairingCard(),
            scan=m.ScanCard(number=bedside.scan.number),
            waiting=bedside.waiting,
            unassigned=bedside.unassigned,
            quarantined=bedside.quarantined,
            warning=bedside.warning,
            warning_en=bedside.warning_en,
            disk_free_bytes=bedside.disk_free_bytes,
            call=m.CallCard(state=bedside.call.state),
            attendance=card,
        )
    shown = msgspec.structs.replace(bedside, attendance=card)
    if not (who.may(Deed.PHOTO) or who.may(Deed.ECG)):
        shown = msgspec.structs.replace(shown, earlier=())
    return (
        msgspec.structs.replace(
            shown, items=(), trace=None, earlier=(), news2=m.News2Card(), strays=(), unread=(), reconciled=()
        )
        if card.emergency
        else shown
    )
