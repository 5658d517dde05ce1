"""What a list of residents does not speak of stays as it is known: a list without allergies takes none away (H14). Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Final

from edge.domain.identity_status import Standing
from edge.domain.movement import contradict, standing
from edge.domain.patient import Patient
from edge.domain.recognition import plain

ALL: Final = frozenset(field.name for field in dataclasses.fields(Patient))
"""Of a list that speaks of everything."""

_AS_KNOWN: Final = (
    "used_name",
    "ins",
    "departed",
    "treating_doctor",
    "protection",
    "representative",
    "long_term_illness",
    "birth_place",
)


def completed(listed: Patient, known: Patient | None, spoken_of: Collection[str]) -> Patient:
    """``listed`` with what is ``known`` in the place of what the list does not speak of; ``spoken_of`` are fields of Patient.

    Allergies of which her line says nothing stay as well. An identity status of which nothing is said goes on as the RNIV has it.
    """
    if known is None:
        return listed
    kept = {name: getattr(known, name) for name in _AS_KNOWN if name not in spoken_of}
    if listed.allergies is None:
        kept["allergies"] = known.allergies
    told = dataclasses.replace(listed, **kept)
    if "status" in spoken_of or "attributes" in spoken_of:
        return told if told.contradiction is None else dataclasses.replace(told, ins=listed.ins)
    changed = contradict(known, told) or plain(known.given_names) != plain(told.given_names)
    stands = standing(Standing(known.status, known.attributes), None, has_ins=told.ins is not None, changed=changed)
    return dataclasses.replace(told, status=stands.status, attributes=stands.attributes)
