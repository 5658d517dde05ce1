"""What the screens show, as frozen values in the words of the language: no widget decides anything."""

from __future__ import annotations

import dataclasses
import enum

from ui.bedside.answer_views import AnswersView
from ui.bedside.cart_settings import SettingsView
from ui.bedside.consent_views import ConsentView
from ui.bedside.diary_views import DiaryView
from ui.bedside.letting import LettingView
from ui.bedside.opinion_views import OpinionView
from ui.bedside.standing_views import StandingView, StatusView
from ui.bedside.whose_views import WhoseView
from ui.bedside.zones import Zone


class Page(enum.StrEnum):
    """The places of the screen; the value is the id of its widget."""

    STARTING = "starting"
    RESIDENTS = "residents"
    CONFIRM = "confirm"
    HOME = "home"
    VITALS = "vitals"
    ECG = "ecg"
    PHOTO = "photo"
    CALL = "call"
    CONSENT = "consenting"
    SOUND = "sound"
    STILL = "still"
    OUTBOX = "outbox"
    DETAILS = "details"
    APPLIANCES = "appliances"
    APPLIANCE = "appliance"
    NEARBY = "nearby"
    PASSKEY = "passkey"
    LOCKED = "locked"
    CLEANING = "cleaning"
    WHOSE = "whose"
    UNKNOWN = "unknown"
    FIND = "find"
    TYPING = "typing"
    PAIN = "pain"
    ALGOPLUS = "algoplus"
    SCORE = "score"
    LETTING = "letting"
    HANDOVER = "handover"
    STOPPED = "stopped"
    SETTINGS = "settings"
    ANSWERS = "answers"
    DIARY = "diary"
    PLANNING = "planning"
    PAPER = "paper"


TYPED_PAGES = frozenset({Page.TYPING, Page.PAIN, Page.ALGOPLUS, Page.SCORE})

NEEDS_RESIDENT = (
    frozenset(
        {Page.HOME, Page.VITALS, Page.ECG, Page.PHOTO, Page.CALL, Page.CONSENT, Page.SOUND, Page.STILL, Page.PLANNING}
    )
    | TYPED_PAGES
    | {Page.PAPER}
)

DEVICE_PAGES = frozenset({Page.APPLIANCES, Page.APPLIANCE, Page.NEARBY, Page.PASSKEY})


class Phase(enum.StrEnum):
    """How a number came: not yet, running and not saved, or saved."""

    EXPECTED = "expected"
    LIVE = "live"
    SAVED = "saved"


class CallPhase(enum.StrEnum):
    IDLE = "idle"
    OPENING = "opening"
    LOBBY = "lobby"
    WAITING = "waiting"
    ADMITTED = "admitted"
    CONNECTED = "connected"
    ENDED = "ended"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class ResidentView:
    """A resident in words. ``details``: birth, sex, identity. ``allergies`` None = unknown, () = none known.

    ``born_digits`` is the date of birth as JJMMAAAA, "" where it is not known. ``record``: what else the record says.
    """

    id: str
    name: str
    surname: str
    given: str
    used: str
    room: str
    birth: str
    sex: str
    identity: str
    it_is: str
    allergies: tuple[str, ...] | None
    homonym: bool = False
    floor: str = ""
    born_digits: str = ""
    without_identity: bool = False
    record: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class TileView:
    """One vital sign. ``number`` is "" where there is none, ``kept`` the newest that is saved; ``doubts`` say why.

    ``kept_line`` is ``kept`` as it stands on other pages: what it is, its unit, a sign of doubt. ``beside`` are other values
    of the same measurement, each with its name and unit.
    """

    key: str
    title: str
    hint: str
    phase: Phase = Phase.EXPECTED
    number: str = ""
    kept: str = ""
    kept_line: str = ""
    unit: str = ""
    beside: str = ""
    device: str = ""
    age: str = ""
    delivery: str = ""
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    doubtful: bool = False
    before: str = ""
    undone: str = ""
    old: bool = False
    item_id: str = ""
    undo: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class EcgView:
    """``millivolts`` is the beginning of one lead, in steps of the device where not ``scaled``; ``seconds``: all of it."""

    item_id: str = ""
    device: str = ""
    age: str = ""
    delivery: str = ""
    remark: str = ""
    lead: str = ""
    hertz: float = 0.0
    millivolts: tuple[float, ...] = ()
    scaled: bool = True
    seconds: float = 0.0
    old: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class StripView:
    """The running ECG as it is recorded. ``kept`` says how much of it is on the disk, "" while nothing is recorded."""

    kept: str = ""
    ending: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class ShotView:
    """One picture. ``remark`` is what the cart said of it ("" where nothing is wrong), ``zone`` None where nobody told it."""

    item_id: str
    title: str
    age: str
    device: str
    delivery: str
    remark: str
    undone: bool
    view: str = ""
    zone: Zone | None = None
    intimate: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierView:
    """A photo of before: what it shows, and when and by whom it was taken. ``age`` in words, "" where it is not known."""

    prior_id: str
    title: str
    facts: str
    zone: Zone | None = None
    day: str = ""
    age: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class CallView:
    phase: CallPhase = CallPhase.IDLE
    headline: str = ""
    what: str = ""
    address: str = ""
    pin: str = ""
    frames: int = 0
    numbers: int = 0
    who: str = ""
    note: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class CountView:
    word: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class OutboxView:
    """Exact, over the whole store."""

    counts: tuple[CountView, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ApplianceView:
    """One peripheral. ``state``: connected, known, in words; ``facts``: (what, value) pairs; ``trouble`` what is wrong, or ""."""

    id: str
    label: str
    state: str
    summary: str
    trouble: str = ""
    trusted: bool = True
    wireless: bool = False
    facts: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class NearbyView:
    id: str
    label: str
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class PairingView:
    """``line`` says how it goes, "" where nothing does. ``passkey``: the device shows six digits and they are wanted."""

    device_id: str = ""
    line: str = ""
    passkey: bool = False
    failed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class LockView:
    """``required``: people sign in here. While ``locked``: ``title`` says what is wanted, ``line`` what came of the last try.

    ``pin``: digits that are typed are a secret. ``goes_on``: something runs behind the lock; ``rings``: a doctor waits for
    somebody to let him in. ``may``: the deeds (edge.domain.staff) of who is signed in; None: all.
    """

    required: bool = False
    locked: bool = False
    pin: bool = False
    title: str = ""
    hint: str = ""
    line: str = ""
    goes_on: bool = False
    rings: bool = False
    may: frozenset[str] | None = None

    def allows(self, deed: str) -> bool:
        return self.may is None or deed in self.may


@dataclasses.dataclass(frozen=True, slots=True)
class UndoView:
    """What came last and can be undone; "" for nothing."""

    item_id: str = ""
    label: str = ""
    what: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ScorePartView:
    """One line of the score: what it is, what is saved, its points or why it has none."""

    key: str
    name: str
    value: str
    points: str
    why: str
    age: str


@dataclasses.dataclass(frozen=True, slots=True)
class ScoreView:
    """The early warning score in words, where the site turned it on. ``number`` is "" unless all seven parts count.

    ``word`` is a shape and a word; ``lines`` stand on the page of the vital signs, ``scale`` says which one SpO2 is read on.
    """

    enabled: bool = False
    number: str = ""
    word: str = ""
    lines: tuple[str, ...] = ()
    parts: tuple[ScorePartView, ...] = ()
    scale: str = ""
    scale_two: bool = False
    window: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class WindowView:
    """The windows of running pictures, in the door's words (WindowCard). ``overlay`` is the prior_id of what lies over one."""

    possible: bool = False
    camera: str = "closed"
    remark: str = ""
    overlay: str = ""
    specialist: str = "closed"
    still: str = "closed"


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """Everything on the screen at one moment. ``old``: the cart is not answering and these are its
    last words, said at ``as_of``. ``warning`` stands until what it tells of is put right.
    """

    started: bool = False
    old: bool = False
    demo: bool = False
    notice: str = ""
    warning: str = ""
    as_of: str = ""
    status: StatusView = StatusView()  # noqa: RUF009
    resident: ResidentView | None = None
    residents: tuple[ResidentView, ...] = ()
    movements: str = ""
    tiles: tuple[TileView, ...] = ()
    ecg: EcgView = EcgView()
    strip: StripView = StripView()
    shots: tuple[ShotView, ...] = ()
    earlier: tuple[EarlierView, ...] = ()
    sounds: tuple[ShotView, ...] = ()
    call: CallView = CallView()
    outbox: OutboxView = OutboxView()
    devices: tuple[str, ...] = ()
    appliances: tuple[ApplianceView, ...] = ()
    nearby: tuple[NearbyView, ...] = ()
    pairing: PairingView = PairingView()
    home: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lock: LockView = LockView()
    whose: WhoseView = WhoseView()  # noqa: RUF009
    letting: LettingView = LettingView()  # noqa: RUF009
    encounter_id: str = ""
    score: ScoreView = ScoreView()
    undo_last: UndoView = UndoView()
    standing: StandingView = StandingView()  # noqa: RUF009
    opinion: OpinionView = OpinionView()  # noqa: RUF009
    answers: AnswersView = AnswersView()  # noqa: RUF009
    consent: ConsentView = ConsentView()  # noqa: RUF009
    diary: DiaryView = DiaryView()  # noqa: RUF009
    settings: SettingsView = SettingsView()  # noqa: RUF009
    window: WindowView = WindowView()
    look: tuple[str, str] = ("", "")  # language and theme that the cart keeps for this screen
