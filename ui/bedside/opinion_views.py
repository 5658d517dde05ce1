"""What the page of calls and opinions shows, as frozen values in the words of the language."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class ContactView:
    """``key`` is the label in the settings, ``label`` what is shown of it."""

    key: str
    label: str
    number: str
    hours: str
    video: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class DossierView:
    """What goes with a request to ``specialty``; ``to`` says to whom, "" for nobody by name. ``gaps`` is ``lacking`` as a line."""

    specialty: str
    to: str = ""
    attached: str = ""
    gaps: str = ""
    lacking: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class AskedView:
    """One that was asked in this round."""

    item_id: str
    title: str
    facts: str


@dataclasses.dataclass(frozen=True, slots=True)
class OpinionView:
    """``offline``: nothing has got through for a while, so that a number is dialled by telephone."""

    contacts: tuple[ContactView, ...] = ()
    dossiers: tuple[DossierView, ...] = ()
    asked: tuple[AskedView, ...] = ()
    offline: bool = False

    def dossier(self, specialty: str) -> DossierView | None:
        return next((one for one in self.dossiers if one.specialty == specialty), None)
