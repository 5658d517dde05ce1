"""Before any command of the screen: who asks, and may she?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from edge.acquire.attendance import Attendance
from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.domain.staff import Deed, Role
from edge.door import messages as m

DEEDS: Mapping[type[m.Command], frozenset[Deed]] = MappingProxyType(
    {
        m.SelectResident: frozenset({Deed.CHOOSE_RESIDENT}),
        m.ReleaseResident: frozenset({Deed.CHOOSE_RESIDENT}),
        m.FinishRound: frozenset({Deed.CHOOSE_RESIDENT}),
        m.MarkEnteredInError: frozenset({Deed.UNDO}),
        m.TypeValue: frozenset({Deed.TYPE_VALUE}),
        m.SetScaleTwo: frozenset({Deed.SCALE_TWO}),
        m.TakePhoto: frozenset({Deed.PHOTO}),
        m.RecordSound: frozenset({Deed.SOUND}),
        m.StartStrip: frozenset({Deed.ECG}),
        m.StopStrip: frozenset({Deed.ECG}),
        m.ShowEarlier: frozenset({Deed.PHOTO, Deed.ECG}),
        m.ShowEcg: frozenset({Deed.ECG}),
        m.ShowFace: frozenset({Deed.CHOOSE_RESIDENT, Deed.RECONCILE}),
        m.StartCall: frozenset({Deed.CALL, Deed.EMERGENCY_CALL}),
        m.AdmitSpecialist: frozenset({Deed.CALL, Deed.EMERGENCY_CALL}),
        m.EndCall: frozenset({Deed.CALL, Deed.EMERGENCY_CALL}),
        m.Watch: frozenset({Deed.PHOTO, Deed.ECG, Deed.CALL, Deed.EMERGENCY_CALL}),
        m.StillDrawn: frozenset({Deed.PHOTO, Deed.ECG}),
        **dict.fromkeys(m.CONSENTS, frozenset({Deed.CALL, Deed.EMERGENCY_CALL, Deed.ASK_OPINION})),
        m.AskOpinion: frozenset({Deed.ASK_OPINION}),
        m.AcknowledgeAnswer: frozenset({Deed.ACKNOWLEDGE}),
        m.ChaseOpinion: frozenset({Deed.ASK_OPINION}),
        m.PrintAnswer: frozenset({Deed.ACKNOWLEDGE}),
        m.ShowAnswer: frozenset({Deed.ACKNOWLEDGE}),
        m.MatchAnswer: frozenset({Deed.RECONCILE}),
        m.SetAnswerAside: frozenset({Deed.RECONCILE}),
        **dict.fromkeys(m.APPOINTMENTS, frozenset({Deed.CALL})),
        m.Dialled: frozenset({Deed.CALL, Deed.EMERGENCY_CALL}),
        m.NewResident: frozenset({Deed.NEW_RESIDENT}),
        m.SendAgain: frozenset({Deed.HANDOVER}),
        m.CorrectPhoto: frozenset({Deed.PHOTO}),
        m.ReadHandover: frozenset({Deed.HANDOVER}),
        m.TurnHandover: frozenset({Deed.HANDOVER}),
        **dict.fromkeys(m.STAFF, frozenset({Deed.LET_IN})),
        **dict.fromkeys(m.WHOSE, frozenset({Deed.RECONCILE})),
        **dict.fromkeys(m.DEVICES, frozenset({Deed.DEVICES})),
    }
)
"""What a command of the screen is: any of these has to be allowed. One that is not here asks nothing of whoever signed in."""


class AttendanceDesk:
    """``inner`` does the command, on behalf of who is signed in. Commands of other processes pass as they are."""

    def __init__(self, attendance: Attendance, inner: Callable[[m.AnyCommand, Actor], Awaitable[None]]) -> None:
        self._attendance = attendance
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done, or where she may not."""
        if by.origin.door != m.UI:
            await self._inner(command, by)
            return
        match command:
            case m.SayWho(code=code):
                await self._attendance.code(code)
            case m.TypePin(pin=pin):
                await self._attendance.pin(pin)
            case m.OpenEmergency():
                await self._attendance.emergency()
            case m.Lock():
                await self._attendance.lock()
            case m.Awake():
                self._attendance.touched()
            case m.Watch() | m.ShowFace() | m.StillDrawn():
                # the screen asks it by itself: that is nobody's touch
                await self._allowed(command, by, touch=False)
            case _:
                await self._allowed(command, by)

    async def _allowed(self, command: m.AnyCommand, by: Actor, *, touch: bool = True) -> None:
        if self._attendance.locked:
            raise Fault(Reason.NOT_ALLOWED, "L'écran est verrouillé", "présentez votre badge")
        wanted = DEEDS.get(type(command), frozenset())
        if wanted and not any(self._attendance.may(deed) for deed in wanted):
            raise Fault(Reason.NOT_ALLOWED, "Votre fonction ne le permet pas", "demandez à un collègue")
        if touch:
            self._attendance.touched()
        match command:
            case m.LetIn(name=name, role=role, hours=hours):
                await self._attendance.let_in(name, _role(role), _shift(hours))
                return
            case m.SendAway(member_id=member_id):
                await self._attendance.send_away(member_id)
                return
            case _:
                pass
        await self._inner(command, dataclasses.replace(by, who=self._attendance.who(by.who)))


def _shift(hours: float) -> dt.timedelta:
    try:
        return dt.timedelta(hours=hours)
    except (ValueError, OverflowError) as exc:
        raise Fault(Reason.NOT_ALLOWED, "Accès non créé : 12 heures au plus", "choisissez-les à l'écran") from exc


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError as exc:
        raise Fault(Reason.NOT_ALLOWED, "Accès non créé : fonction inconnue", "choisissez-la à l'écran") from exc


Shown = TypeVar("Shown", bound=m.Said)


def while_seen(
    attendance: Attendance, tell: Callable[[Shown], None], asked: type[m.Command] = m.ShowEarlier
) -> Callable[[Shown], None]:
    """``tell`` for who may see it when it comes: reading it takes a while, in which the screen may be locked (H1).

    What this returns raises Fault(NOT_ALLOWED).
    """

    def told(said: Shown) -> None:
        if not any(attendance.may(deed) for deed in DEEDS[asked]):
            raise Fault(Reason.NOT_ALLOWED, "L'écran a été verrouillé entre-temps", "présentez votre badge")
        tell(said)

    return told
