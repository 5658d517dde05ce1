"""Two residents who turn out to be one: what is known of her from then on. Pure.

Of two words about her the one counts that allows less or warns of more (H14, H19).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from edge.domain.consent import Basis, Consent
from edge.domain.patient import REPRESENTED, Doctor, Patient, Protection


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What the care of her hangs on, beside who she is. As in ``Patient``."""

    allergies: tuple[str, ...] | None
    protection: Protection | None
    representative: str
    treating_doctor: Doctor | None
    long_term_illness: bool | None

    @staticmethod
    def of(patient: Patient) -> Facts:
        return Facts(
            patient.allergies,
            patient.protection,
            patient.representative,
            patient.treating_doctor,
            patient.long_term_illness,
        )

    def put_into(self, patient: Patient) -> Patient:
        return dataclasses.replace(
            patient,
            allergies=self.allergies,
            protection=self.protection,
            representative=self.representative,
            treating_doctor=self.treating_doctor,
            long_term_illness=self.long_term_illness,
        )


def joined(stays: Facts, gone: Facts) -> Facts:
    """Every allergy of either; "none known" of one does not stand for both (H14). Of two protections the one that represents."""
    allergies = stays.allergies
    if gone.allergies:
        allergies = tuple(dict.fromkeys((*(stays.allergies or ()), *gone.allergies)))
    theirs = gone.protection is not None and (
        stays.protection is None or (gone.protection in REPRESENTED and stays.protection not in REPRESENTED)
    )
    representatives = (
        (gone.representative, stays.representative) if theirs else (stays.representative, gone.representative)
    )
    return Facts(
        allergies=allergies,
        protection=gone.protection if theirs else stays.protection,
        representative=next((one for one in representatives if one), ""),
        treating_doctor=stays.treating_doctor or gone.treating_doctor,
        long_term_illness=gone.long_term_illness if stays.long_term_illness is None else stays.long_term_illness,
    )


def apart(is_now: Facts, brought: Sequence[tuple[Facts, Facts]], others: Sequence[Facts]) -> list[Facts]:
    """What is known of her where she is somebody no more: as it was before anybody brought anything, then with each of ``others``,
    who she still is, in their order; the last of the list counts.

    ``brought`` is what each merge made of her (before, after), the oldest first, of who she is no more too. What was told of her
    since the last of them stays as it is.
    """
    if not brought:
        return [is_now]
    names = [one.name for one in dataclasses.fields(Facts)]
    told = {name: getattr(is_now, name) for name in names if getattr(is_now, name) != getattr(brought[-1][1], name)}
    found = [Facts(**{name: _before(name, is_now, brought) for name in names})]
    for other in others:
        found.append(dataclasses.replace(joined(found[-1], other), **told))
    return found


def _before(name: str, is_now: Facts, brought: Sequence[tuple[Facts, Facts]]) -> Any:
    """Where it is not what a merge had made of it, it was told after that merge: it goes back no further."""
    value = getattr(is_now, name)
    for was, became in reversed(brought):
        if value != getattr(became, name):
            break
        value = getattr(was, name)
    return value


def standing_word(records: Sequence[Consent]) -> Consent | None:
    """What was said last of those that are for no act alone; a withdrawal is a word too. None where nobody said anything."""
    standing = [one for one in records if not one.act_id]
    return max(standing, key=lambda one: max(one.number, one.ended), default=None)


def goes_along(stays: Consent | None, gone: Consent | None) -> bool:
    """Whether the standing word ``gone`` is put beside that of the one who ``stays``: a refusal always, an agreement where
    she has no word of her own (H19).
    """
    if gone is None or not gone.stands:
        return False
    if gone.basis is Basis.REFUSAL:
        return stays is None or not stays.stands or stays.basis is not Basis.REFUSAL
    return stays is None


def ends(stays: Consent | None, gone: Consent | None) -> bool:
    """Whether what she agreed to ends: under her other identifier she took back an agreement, and said nothing after it."""
    taken_back = gone is not None and not gone.stands and gone.basis is not Basis.REFUSAL
    return taken_back and stays is not None and stays.allows
