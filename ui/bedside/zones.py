"""Which part of the body a photo shows, as a nurse chooses it: by region, then site, then side; pure (H4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from edge.domain.body_site import SITES, BodySite, Side
from ui.bedside.locales import Words


@dataclasses.dataclass(frozen=True, slots=True)
class Zone:
    """``site`` None: the nurse said that she does not tell it. Raises ValueError for a paired site without its side (H4)."""

    site: BodySite | None = None
    side: Side | None = None

    def __post_init__(self) -> None:
        if (self.site is not None and SITES[self.site].paired) != (self.side is not None):
            raise ValueError("a site that has two sides is told with its side, and no other")

    @property
    def intimate(self) -> bool:
        """Every picture of it is, whatever else is said."""
        return self.site is not None and SITES[self.site].intimate


UNTOLD = Zone()

REGIONS: Mapping[str, tuple[BodySite, ...]] = MappingProxyType(
    {
        "head": (
            *(BodySite.SCALP, BodySite.FACE, BodySite.FOREHEAD, BodySite.EYE_REGION, BodySite.CHEEK, BodySite.NOSE),
            *(BodySite.LIP, BodySite.MOUTH, BodySite.EAR, BodySite.EAR_CANAL, BodySite.NECK),
        ),
        "trunk": (BodySite.CHEST, BodySite.BREAST, BodySite.ABDOMEN, BodySite.BACK),
        "arm": (
            *(BodySite.SHOULDER, BodySite.AXILLA, BodySite.UPPER_ARM, BodySite.ELBOW, BodySite.FOREARM),
            *(BodySite.HAND, BodySite.FINGER),
        ),
        "pelvis": (
            *(BodySite.SACRUM, BodySite.BUTTOCK, BodySite.HIP, BodySite.GROIN, BodySite.GENITALIA),
            *(BodySite.PERINEUM, BodySite.ANUS),
        ),
        "leg": (BodySite.THIGH, BodySite.KNEE, BodySite.LOWER_LEG),
        "foot": (BodySite.OUTER_ANKLE, BodySite.INNER_ANKLE, BodySite.HEEL, BodySite.FOOT, BodySite.TOE),
    }
)
"""Every site stands in one region."""

MOST_SITES = max(map(len, REGIONS.values()))

ALWAYS: tuple[Zone, ...] = (
    Zone(BodySite.SACRUM),
    Zone(BodySite.HEEL, Side.LEFT),
    Zone(BodySite.HEEL, Side.RIGHT),
    Zone(BodySite.FACE),
)
"""One tap away for every resident, always in the same place."""

OFTEN: tuple[Zone, ...] = (
    Zone(BodySite.LOWER_LEG, Side.LEFT),
    Zone(BodySite.LOWER_LEG, Side.RIGHT),
    Zone(BodySite.HIP, Side.LEFT),
    Zone(BodySite.HIP, Side.RIGHT),
)
"""Where this resident has no earlier pictures of other zones."""


def zone_of(site: str, side: str) -> Zone | None:
    """Of the words of the door; None where they are no whole zone: an unknown word, or a paired site without its side."""
    try:
        return Zone(BodySite(site), Side(side) if side else None)
    except ValueError:
        return None


def offered(before: Iterable[Zone]) -> tuple[Zone, ...]:
    """Eight that are one tap away: those that are always there, then ``before`` (newest first), then frequent ones."""
    rest = dict.fromkeys((*before, *OFTEN))
    return (*ALWAYS, *[one for one in rest if one not in ALWAYS and one.site is not None][: len(OFTEN)])


def named(zone: Zone | None, words: Words) -> str:
    """``Talon gauche``; that it is to be chosen, or that it is not told, where it is so."""
    if zone is None:
        return words.zone_to_choose
    return words.zone_untold if zone.site is None else words.site(zone.site, zone.side)
