"""What the screen asks and is shown of calls by telephone and of opinions."""

from __future__ import annotations

import msgspec

from edge.door.command import Command


class AskOpinion(Command, frozen=True):
    """A request for an opinion on the resident of ``encounter_id``: who was on screen when the page was touched.

    ``specialty``, ``question`` and ``urgency`` are words of edge.domain.opinion. Refused where somebody else is on screen by
    now (H1), after a refusal, without a consent (CollectConsent, now or earlier) unless it is an emergency, and where something is
    missing, unless it is an emergency or ``anyway`` says that the screen named it and was told to go on.
    """

    encounter_id: str
    specialty: str
    question: str
    urgency: str
    anyway: bool = False
    situation: str = ""


class Dialled(Command, frozen=True):
    """Somebody was shown the number of a contact, to dial it by telephone; ``contact`` is its label. Traced, nothing else."""

    encounter_id: str
    contact: str


class ContactCard(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the site calls. ``role``: treating, on_call, emergency, geriatrics, nurse or other. ``number`` as people write it.

    ``video``: a call from the cart; else, and while there is no network, the number is dialled by telephone.
    """

    label: str
    label_en: str = ""
    role: str = "other"
    number: str = ""
    hours: str = ""
    video: bool = False


class GapCard(msgspec.Struct, frozen=True, kw_only=True):
    """``missing`` is a word of edge.domain.opinion; ``item_id`` the picture that is no good, or ""."""

    missing: str
    item_id: str = ""


class DossierCard(msgspec.Struct, frozen=True, kw_only=True):
    """What would go now with a request to ``specialty``, and what is missing. ``addressee`` is who is asked, or "".

    ``documents`` go with it, of ``absent`` nobody has brought any in (words of edge.domain.dossier): that holds nothing up.
    """

    specialty: str
    addressee: str = ""
    attached: tuple[str, ...] = ()
    gaps: tuple[GapCard, ...] = ()
    documents: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


OPINIONS: frozenset[type[Command]] = frozenset({AskOpinion, Dialled})
AnyOpinion = AskOpinion | Dialled
