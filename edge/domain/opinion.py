"""A request for an opinion (télé-expertise): whom, about what, how soon, with what, and what is missing. Pure.

What it says is fixed when it is asked; how it stands is the table below. A request never waits for what is missing: the nurse
is told, says once that it goes as it is, and in an emergency it goes at once; whoever reads it finds the gaps listed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from edge.domain.consent import Basis, Consent
from edge.domain.dossier import Document, DocumentRole, Situation
from edge.domain.measurement import VITAL_SIGNS, Device, Kind

ASKED_HERE: Final = Device("opinion", "opinion", "Demande d'avis")
"""What stands where a device would."""


class Specialty(enum.StrEnum):
    DERMATOLOGY = "dermatology"
    CARDIOLOGY = "cardiology"
    WOUNDS = "wounds"
    GERIATRICS = "geriatrics"


class Question(enum.StrEnum):
    CONDUCT = "conduct"  # what is to be done?
    URGENT = "urgent"  # is it urgent?
    TREATMENT = "treatment"  # is the treatment right?
    HOSPITAL = "hospital"  # is she to be seen, or to go to hospital?


class Urgency(enum.StrEnum):
    ROUTINE = "routine"
    SOON = "soon"
    EMERGENCY = "emergency"


EXPECTED: Mapping[Urgency, dt.timedelta] = MappingProxyType(
    {
        Urgency.ROUTINE: dt.timedelta(days=7),
        Urgency.SOON: dt.timedelta(hours=48),
        Urgency.EMERGENCY: dt.timedelta(hours=2),
    }
)
"""Within which an answer is expected. The screen names the same figures."""


class Missing(enum.StrEnum):
    """What a dossier lacks. The first three are nothing of that kind, the others a picture that is no good."""

    PHOTO = "photo"
    ECG = "ecg"
    VITALS = "vitals"
    BLURRED = "blurred"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    FAINT = "faint"  # a sound


@dataclasses.dataclass(frozen=True, slots=True)
class Gap:
    """``item_id`` is the picture that is no good, "" where something is missing."""

    missing: Missing
    item_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Addressee:
    """Who is asked, as the site's settings name them; ``rpps`` is "" where it is not known. Empty: whoever answers for the specialty."""

    label: str = ""
    rpps: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """An attached item as it stands now: what became of one that was moved, in the study of its round."""

    item_id: str
    kind: Kind
    taken_utc: dt.datetime
    study_uid: str
    sop_uid: str


@dataclasses.dataclass(frozen=True, slots=True)
class Opinion:
    """One request. ``attached`` are item ids; ``consent`` is what allowed it, as it was taken down.

    Of requests of releases before 0.3 it is only known whether somebody agreed: then it is True or False.
    ``situation`` is why she asks, None where she did not say; ``documents`` go with it, of ``absent`` nobody has brought any in.
    ``evidence`` is what they are: empty until it is loaded. Raises ValueError for one without consent that is no emergency.
    """

    specialty: Specialty
    question: Question
    urgency: Urgency
    consent: Consent | bool
    addressee: Addressee = Addressee()
    attached: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    situation: Situation | None = None
    documents: tuple[Document, ...] = ()
    absent: tuple[DocumentRole, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.consent, Consent) and not self.consent.allows:
            raise ValueError("a refusal allows no request")
        if not self.agreed and self.urgency is not Urgency.EMERGENCY and self.basis is not Basis.EMERGENCY:
            raise ValueError("only an emergency is asked about without consent")

    @property
    def basis(self) -> Basis | None:
        """None where a release before 0.3 took down no more than that somebody agreed, or nobody."""
        return self.consent.basis if isinstance(self.consent, Consent) else None

    @property
    def agreed(self) -> bool:
        """Somebody did: she, with or through another, or those who were consulted; not in an emergency."""
        return self.consent.basis is not Basis.EMERGENCY if isinstance(self.consent, Consent) else self.consent

    @property
    def expected(self) -> dt.timedelta:
        return EXPECTED[self.urgency]


# --- what goes with it


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """An item of the round, newest first; ``wrong`` says what is wrong with the picture or sound, None for nothing."""

    item_id: str
    kind: Kind
    wrong: Missing | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Dossier:
    attached: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def lacks(self) -> bool:
        """Whether what this specialty looks at is not there, or no good: then a person says that it goes anyway."""
        return bool(self.gaps)


SITUATIONS: Mapping[Specialty, tuple[Situation, ...]] = MappingProxyType(
    {
        Specialty.DERMATOLOGY: (Situation.RASH, Situation.LESION, Situation.ITCH, Situation.SKIN_INFECTION),
        Specialty.CARDIOLOGY: (
            Situation.CHEST_PAIN,
            Situation.BREATHLESS,
            Situation.FAINT,
            Situation.PALPITATIONS,
        ),
        Specialty.WOUNDS: (
            Situation.NEW_WOUND,
            Situation.WORSE_WOUND,
            Situation.NOT_HEALING,
            Situation.INFECTED_WOUND,
        ),
        Specialty.GERIATRICS: (Situation.FALL, Situation.CONFUSION, Situation.DECLINE, Situation.WEIGHT_LOSS),
    }
)
"""What the screen offers for each."""

LOOKS_AT: Mapping[Specialty, tuple[Missing, ...]] = MappingProxyType(
    {
        Specialty.DERMATOLOGY: (Missing.PHOTO,),
        Specialty.CARDIOLOGY: (Missing.ECG,),
        Specialty.WOUNDS: (Missing.PHOTO,),
        Specialty.GERIATRICS: (Missing.VITALS,),
    }
)
"""Without which each has little to say."""

_IS: Mapping[Missing, frozenset[Kind]] = MappingProxyType(
    {Missing.PHOTO: frozenset({Kind.PHOTO}), Missing.ECG: frozenset({Kind.ECG}), Missing.VITALS: VITAL_SIGNS}
)

MOST: Final = 40
"""Items that one request names."""


def gather(held: Sequence[Held], specialty: Specialty) -> Dossier:
    """What goes with a request to ``specialty``: all of the round, of each vital sign the newest; and what is missing or no good.

    A picture that is no good goes too; it is a gap where none of its kind is good.
    """
    kept: list[Held] = []
    seen: set[Kind] = set()
    for one in held:
        if one.kind in VITAL_SIGNS:
            if one.kind in seen:
                continue
            seen.add(one.kind)
        elif one.kind not in {Kind.PHOTO, Kind.ECG, Kind.SOUND}:
            continue
        kept.append(one)
    gaps = [Gap(missing) for missing in LOOKS_AT[specialty] if not _any(kept, _IS[missing])]
    for kind in (Kind.PHOTO, Kind.SOUND):
        of_kind = [one for one in kept if one.kind is kind]
        if of_kind and all(one.wrong is not None for one in of_kind):
            gaps += [Gap(one.wrong, one.item_id) for one in of_kind if one.wrong is not None]
    return Dossier(tuple(one.item_id for one in kept[:MOST]), tuple(gaps))


def _any(held: Iterable[Held], kinds: frozenset[Kind]) -> bool:
    return any(one.kind in kinds for one in held)


# --- how it stands


class OpinionState(enum.StrEnum):
    ASKED = "demandé"
    READ = "lu"
    ANSWERED = "répondu"
    TO_CHASE = "à relancer"
    UNDONE = "annulé"


class OpinionEvent(enum.StrEnum):
    WAS_READ = "was_read"
    WAS_ANSWERED = "was_answered"
    OVERDUE = "overdue"
    CHASED = "chased"  # it was asked again
    UNDO = "undo"


NEXT: Mapping[tuple[OpinionState, OpinionEvent], OpinionState] = MappingProxyType(
    {
        (OpinionState.ASKED, OpinionEvent.WAS_READ): OpinionState.READ,
        (OpinionState.ASKED, OpinionEvent.WAS_ANSWERED): OpinionState.ANSWERED,
        (OpinionState.ASKED, OpinionEvent.OVERDUE): OpinionState.TO_CHASE,
        (OpinionState.ASKED, OpinionEvent.UNDO): OpinionState.UNDONE,
        (OpinionState.READ, OpinionEvent.WAS_ANSWERED): OpinionState.ANSWERED,
        (OpinionState.READ, OpinionEvent.OVERDUE): OpinionState.TO_CHASE,
        (OpinionState.READ, OpinionEvent.UNDO): OpinionState.UNDONE,
        (OpinionState.TO_CHASE, OpinionEvent.CHASED): OpinionState.ASKED,
        (OpinionState.TO_CHASE, OpinionEvent.WAS_READ): OpinionState.READ,
        (OpinionState.TO_CHASE, OpinionEvent.WAS_ANSWERED): OpinionState.ANSWERED,
        (OpinionState.TO_CHASE, OpinionEvent.UNDO): OpinionState.UNDONE,
    }
)
"""An answer that has come stands; what was undone is asked no more, whoever reads it afterwards."""


def next_state(state: OpinionState, event: OpinionEvent) -> OpinionState:
    """Raises ValueError for what cannot happen in ``state``."""
    try:
        return NEXT[state, event]
    except KeyError:
        raise ValueError(f"{event} cannot happen to a request that is {state}") from None


def stands(opinion: Opinion, asked: dt.datetime, now: dt.datetime, *, undone: bool) -> OpinionState:
    """Of a request of which nothing has been heard since ``asked``."""
    if undone:
        return next_state(OpinionState.ASKED, OpinionEvent.UNDO)
    if now - asked > opinion.expected:
        return next_state(OpinionState.ASKED, OpinionEvent.OVERDUE)
    return OpinionState.ASKED
