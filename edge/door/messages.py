"""Every command and every snapshot that passes the door.

The door is a Unix stream socket. Each message is a 4-byte big-endian length and that many bytes of JSON, tagged by
``type``. A client says Hello once, then sends commands; the server answers each with Done or Refused carrying the same
``id``, and pushes a Snapshot whenever something changed (stale ones coalesce) and Requests to the media process.
"""

from __future__ import annotations

from typing import cast

import msgspec

from edge.door.about_messages import AboutCard as AboutCard, InterfaceCard as InterfaceCard
from edge.door.answer_messages import (
    ANSWERS as ANSWERS,
    AcknowledgeAnswer as AcknowledgeAnswer,
    AnswerCard as AnswerCard,
    AnyAnswer as AnyAnswer,
    ChaseOpinion as ChaseOpinion,
    FollowCard as FollowCard,
    MatchAnswer as MatchAnswer,
    PrintAnswer as PrintAnswer,
    RequestCard as RequestCard,
    SetAnswerAside as SetAnswerAside,
    ShowAnswer as ShowAnswer,
)
from edge.door.appointment_messages import (
    APPOINTMENTS as APPOINTMENTS,
    AnyAppointment as AnyAppointment,
    AppointmentCard as AppointmentCard,
    BeReady as BeReady,
    CancelAppointment as CancelAppointment,
    ComeBack as ComeBack,
    DiaryCard as DiaryCard,
    DoctorLate as DoctorLate,
    LeaveRoom as LeaveRoom,
    PlanAppointment as PlanAppointment,
)
from edge.door.call_messages import (
    CALLS as CALLS,
    AdmitSpecialist as AdmitSpecialist,
    AnyCall as AnyCall,
    CallProgress as CallProgress,
    EndCall as EndCall,
    StartCall as StartCall,
)
from edge.door.capture_messages import (
    CAPTURED as CAPTURED,
    CAPTURES as CAPTURES,
    AnyCapture as AnyCapture,
    RecordSound as RecordSound,
    SoundFailed as SoundFailed,
    StartStrip as StartStrip,
    StillFailed as StillFailed,
    StopStrip as StopStrip,
    SubmitSound as SubmitSound,
    SubmitStill as SubmitStill,
    TakePhoto as TakePhoto,
)
from edge.door.cards import (
    AttendanceCard as AttendanceCard,
    CallCard as CallCard,
    DeviceCard as DeviceCard,
    EarlierCard as EarlierCard,
    ItemCard as ItemCard,
    LiveCard as LiveCard,
    NearbyCard as NearbyCard,
    News2Card as News2Card,
    News2Part as News2Part,
    PairingCard as PairingCard,
    PortalCard as PortalCard,
    ReplacementCard as ReplacementCard,
    ResidentCard as ResidentCard,
    ScanCard as ScanCard,
    StripCard as StripCard,
    Trace as Trace,
    Value as Value,
    Waiting as Waiting,
    WelcomeCard as WelcomeCard,
)
from edge.door.command import (
    AnswerPasskey as AnswerPasskey,
    Awake as Awake,
    Command as Command,
    ForgetDevice as ForgetDevice,
    Lock as Lock,
    OpenEmergency as OpenEmergency,
    PairDevice as PairDevice,
    SayWho as SayWho,
    SetScaleTwo as SetScaleTwo,
    TestDevice as TestDevice,
    TypedValue as TypedValue,
    TypePin as TypePin,
    TypeValue as TypeValue,
)
from edge.door.consent_messages import (
    CONSENTS as CONSENTS,
    AnyConsent as AnyConsent,
    CollectConsent as CollectConsent,
    ConsentCard as ConsentCard,
    WithdrawConsent as WithdrawConsent,
)
from edge.door.face_messages import ShowFace as ShowFace
from edge.door.look_messages import KeepLook as KeepLook, LookCard as LookCard
from edge.door.opinion_messages import (
    OPINIONS as OPINIONS,
    AnyOpinion as AnyOpinion,
    AskOpinion as AskOpinion,
    ContactCard as ContactCard,
    Dialled as Dialled,
    DossierCard as DossierCard,
    GapCard as GapCard,
)
from edge.door.said_messages import (
    AnswerPage as AnswerPage,
    Done as Done,
    Earlier as Earlier,
    Face as Face,
    ForSpecialist as ForSpecialist,
    LiveTrace as LiveTrace,
    Pictured as Pictured,
    Refused as Refused,
    Said as Said,
    SoundWanted as SoundWanted,
    StillWanted as StillWanted,
)
from edge.door.specialist_messages import (
    SPECIALIST as SPECIALIST,
    AnySpecialist as AnySpecialist,
    SpecialistFetch as SpecialistFetch,
    SpecialistNote as SpecialistNote,
    SpecialistPoint as SpecialistPoint,
    SpecialistStill as SpecialistStill,
)
from edge.door.staff_messages import (
    STAFF as STAFF,
    AnyStaff as AnyStaff,
    LetIn as LetIn,
    SendAway as SendAway,
)
from edge.door.standing_messages import (
    STANDING as STANDING,
    AnyStanding as AnyStanding,
    ChangeCard as ChangeCard,
    CorrectPhoto as CorrectPhoto,
    HandoverCard as HandoverCard,
    PowerCard as PowerCard,
    ReachCard as ReachCard,
    ReadHandover as ReadHandover,
    SendAgain as SendAgain,
    StandingCard as StandingCard,
    StoppedCard as StoppedCard,
    TurnHandover as TurnHandover,
    WayCard as WayCard,
)
from edge.door.still_messages import LeadScale as LeadScale, ShowEcg as ShowEcg, WholeEcg as WholeEcg
from edge.door.whose_messages import (
    WHOSE as WHOSE,
    AnyWhose as AnyWhose,
    AssignItem as AssignItem,
    LeaveAside as LeaveAside,
    LookedAt as LookedAt,
    MoveItem as MoveItem,
    MoveRound as MoveRound,
    NewResident as NewResident,
    Reconcile as Reconcile,
    ReconciledCard as ReconciledCard,
    StrayCard as StrayCard,
    TakeBack as TakeBack,
    UnreadCard as UnreadCard,
)
from edge.door.window_messages import (
    StillDrawn as StillDrawn,
    Watch as Watch,
    WindowCard as WindowCard,
    Windows as Windows,
    WindowTold as WindowTold,
)

MAXIMUM = 32 * 1024 * 1024
"""Largest message in bytes: a full-resolution still, base64."""


UI, MEDIA, ADMIN, UPDATE = "ui", "media", "admin", "update"
"""The roles: who is at the door."""


# --- commands -----------------------------------------------------------------------------------------------------


class Hello(Command, frozen=True):
    role: str


class SelectResident(Command, frozen=True):
    """The nurse confirmed who is in front of her. Opens a new encounter unless that resident is already shown."""

    patient_id: str


class ReleaseResident(Command, frozen=True):
    """Nobody is on screen any more."""


class FinishRound(Command, frozen=True):
    """ENREGISTRER: closes the encounter; every reading was saved on arrival already."""


class MarkEnteredInError(Command, frozen=True):
    item_id: str


class ShowEarlier(Command, frozen=True):
    """Asks for one of the snapshot's ``earlier``: it comes as Earlier, once."""

    prior_id: str


AnyCommand = (
    Hello
    | SelectResident
    | ReleaseResident
    | FinishRound
    | MarkEnteredInError
    | TypeValue
    | SetScaleTwo
    | ShowEarlier
    | ShowEcg
    | ShowFace
    | SayWho
    | TypePin
    | OpenEmergency
    | Lock
    | Awake
    | KeepLook
    | PairDevice
    | AnswerPasskey
    | ForgetDevice
    | TestDevice
    | Watch
    | WindowTold
    | StillDrawn
    | AnyWhose
    | AnyOpinion
    | AnyAnswer
    | AnyConsent
    | AnyStaff
    | AnyStanding
    | AnyCapture
    | AnyCall
    | AnySpecialist
    | AnyAppointment
)

ENTRANCE: frozenset[type[Command]] = frozenset({SayWho, TypePin, OpenEmergency, Lock, Awake, KeepLook})
"""What is asked at the locked screen, or about locking it."""

DEVICES: frozenset[type[Command]] = frozenset({PairDevice, AnswerPasskey, ForgetDevice, TestDevice})
"""What an admin does, at the bedside screen or by the command line."""

ALLOWED: dict[str, frozenset[type[Command]]] = {
    UI: frozenset(
        {
            Hello,
            SelectResident,
            ReleaseResident,
            FinishRound,
            MarkEnteredInError,
            TypeValue,
            SetScaleTwo,
            ShowEarlier,
            ShowEcg,
            ShowFace,
            NewResident,
            StillDrawn,
            Watch,
            *CAPTURES,
            *CALLS,
            *APPOINTMENTS,
            *WHOSE,
            *STAFF,
            *OPINIONS,
            *ANSWERS,
            *CONSENTS,
            *STANDING,
            *ENTRANCE,
            *DEVICES,
        }
    ),
    MEDIA: frozenset({Hello, *CAPTURED, *SPECIALIST, CallProgress, DoctorLate, WindowTold}),
    ADMIN: frozenset({Hello, *DEVICES}),
    UPDATE: frozenset({Hello}),
}


# --- what the server says -----------------------------------------------------------------------------------------


class ShowWindows(Said, frozen=True):
    """To media, whenever it is to be otherwise: what its windows show."""

    windows: Windows


class Snapshot(Said, frozen=True):
    """All that a screen may show. ``warning`` stands until what it tells of is put right. ``movements`` of the record wait for a person.

    ``residents``, ``earlier``, ``strays`` and ``waiting`` are empty for media, which sees only an admitted call's resident. ``portals`` are
    for media alone: the doctor opens one, nurse and cart do not.
    """

    cart: str
    demo: bool
    clock: str
    resident: ResidentCard | None = None
    encounter_id: str | None = None
    items: tuple[ItemCard, ...] = ()
    live: tuple[LiveCard, ...] = ()
    trace: Trace | None = None
    strip: StripCard = StripCard()
    earlier: tuple[EarlierCard, ...] = ()
    portals: tuple[PortalCard, ...] = ()
    residents: tuple[ResidentCard, ...] = ()
    devices: tuple[DeviceCard, ...] = ()
    nearby: tuple[NearbyCard, ...] = ()
    pairing: PairingCard = PairingCard()
    scan: ScanCard = ScanCard()
    waiting: Waiting = Waiting()
    strays: tuple[StrayCard, ...] = ()
    unread: tuple[UnreadCard, ...] = ()
    reconciled: tuple[ReconciledCard, ...] = ()
    unassigned: int = 0
    quarantined: int = 0
    notice: str = ""
    notice_en: str = ""
    warning: str = ""
    warning_en: str = ""
    disk_free_bytes: int | None = None
    call: CallCard = CallCard()
    attendance: AttendanceCard = AttendanceCard()
    news2: News2Card = News2Card()
    contacts: tuple[ContactCard, ...] = ()
    dossiers: tuple[DossierCard, ...] = ()
    consent: ConsentCard = ConsentCard()
    windows: WindowCard = WindowCard()
    standing: StandingCard = StandingCard()
    following: FollowCard = FollowCard()
    about: AboutCard = AboutCard()
    look: LookCard = LookCard()
    movements: int = 0
    diary: DiaryCard = DiaryCard()


AnySaid = Done | Refused | StillWanted | SoundWanted | ShowWindows | LiveTrace | ForSpecialist | Pictured | Snapshot

_encoder = msgspec.json.Encoder()
_commands = msgspec.json.Decoder(AnyCommand)
_said = msgspec.json.Decoder(AnySaid)


def encode(message: Command | Said) -> bytes:
    return _encoder.encode(message)


def decode_command(data: bytes) -> AnyCommand:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    return cast("AnyCommand", _commands.decode(data))


def decode_said(data: bytes) -> AnySaid:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    return cast("AnySaid", _said.decode(data))
