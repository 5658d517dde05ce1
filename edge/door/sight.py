"""What of a snapshot each may see: media, and the screen by who stands before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edge.acquire.attendance import Attendance
from edge.acquire.call import ACTIVE, OPEN, Call, CallState
from edge.domain.consent import Consent, basis_for
from edge.domain.staff import Deed
from edge.door import messages as m
from edge.door.answer_card import of_nobody as counts_of

_NO_OTHERS = {"protection": "", "representative": ""}


def open_to_media(call: Call, consents: Sequence[Consent], encounter_id: str | None) -> bool:
    """Whether media may know anything of the resident of ``encounter_id``: the call is admitted, hers, and a consent of
    ``consents``, which are hers, allows it (T14, H19)."""
    return call.state in OPEN and encounter_id == call.encounter_id and basis_for(consents, call.call_id) is not None


def for_media(
    bedside: m.Snapshot, call: Call, consents: Sequence[Consent], portals: tuple[m.PortalCard, ...] = ()
) -> m.Snapshot:
    """What media may know: the call, and its resident only while the call is admitted and a consent allows it (T14, H19).

    ``consents`` are of the resident of ``bedside``; a call that none of them allows is over for media, whatever else stands.
    ``portals`` are links for the doctor, of the same resident.
    """
    allowed = basis_for(consents, call.call_id) is not None
    open_call = open_to_media(call, consents, bedside.encounter_id)
    over = call.state in ACTIVE and not allowed and not (call.parked and call.state not in OPEN)
    return m.Snapshot(
        cart=bedside.cart,
        demo=bedside.demo,
        clock=bedside.clock,
        resident=_unrepresented(bedside.resident) if open_call else None,
        encounter_id=bedside.encounter_id if open_call else None,
        items=bedside.items if open_call else (),
        earlier=bedside.earlier if open_call and not (call.guest or call.visitor.invited) else (),
        portals=portals if open_call else (),
        consent=_allowing(bedside.consent) if open_call else m.ConsentCard(),
        call=m.CallCard(call_id=call.call_id, state=CallState.ENDED.value) if over else bedside.call,
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
        replacements=replacements(who),
        welcome=welcome(who),
    )


def replacements(who: Attendance) -> tuple[m.ReplacementCard, ...]:
    """Who is here for a shift, for whoever could have let them in."""
    if not who.required or not who.may(Deed.LET_IN):
        return ()
    return tuple(
        m.ReplacementCard(
            member_id=one.member.id,
            name=one.member.name,
            role=one.member.role.value,
            ends=one.member.ends.isoformat() if one.member.ends else "",
        )
        for one in who.replacements
    )


def welcome(who: Attendance) -> m.WelcomeCard | None:
    """For whoever let her in, while she who did is signed in."""
    told = who.welcome
    if told is None or told.member.ends is None or not who.may(Deed.LET_IN):
        return None
    member = told.member
    return m.WelcomeCard(
        name=member.name,
        role=member.role.value,
        ends=told.member.ends.isoformat(),
        number=member.code,
        start=told.start,
    )


def _unrepresented(resident: m.ResidentCard | None) -> m.ResidentCard | None:
    """Who represents her is for those who ask for a consent."""
    return msgspec.structs.replace(resident, **_NO_OTHERS) if resident else None


def _allowing(consent: m.ConsentCard) -> m.ConsentCard:
    """What the doctor is told of it."""
    return m.ConsentCard(
        basis=consent.basis,
        standing=consent.standing,
        collected=consent.collected,
        by=consent.by,
        other=consent.other,
        withdrawn=consent.withdrawn,
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
            contacts=bedside.contacts,
            call=m.CallCard(state=bedside.call.state),
            attendance=card,
            standing=_of_nobody(bedside.standing),
            following=counts_of(bedside.following),
            about=bedside.about if who.may(Deed.ADMINISTER) else m.AboutCard(),
        )
    shown = msgspec.structs.replace(bedside, attendance=card)
    if not who.may(Deed.ADMINISTER):
        shown = msgspec.structs.replace(shown, about=m.AboutCard())
    if not who.may(Deed.HANDOVER):
        shown = msgspec.structs.replace(shown, standing=_of_nobody(bedside.standing))
    if not (who.may(Deed.PHOTO) or who.may(Deed.ECG)):
        shown = msgspec.structs.replace(shown, earlier=())
    return (
        msgspec.structs.replace(
            shown,
            resident=_unrepresented(bedside.resident),
            residents=tuple(msgspec.structs.replace(one, **_NO_OTHERS) for one in bedside.residents),
            items=(),
            trace=None,
            earlier=(),
            news2=m.News2Card(),
            strays=(),
            unread=(),
            reconciled=(),
            dossiers=(),
            following=counts_of(bedside.following),
            consent=_of_the_act(bedside.consent),
            diary=m.DiaryCard(),
            call=msgspec.structs.replace(bedside.call, note=(), note_by=""),
        )
        if card.emergency
        else shown
    )


def _of_the_act(consent: m.ConsentCard) -> m.ConsentCard:
    """Whether a call may be, without who else had a say in it."""
    return msgspec.structs.replace(consent, by="", other="", protection="", representative="")


def _of_nobody(standing: m.StandingCard) -> m.StandingCard:
    """How the cart stands, without anything of any resident."""
    return m.StandingCard(reach=standing.reach, power=standing.power, days_left=standing.days_left)
