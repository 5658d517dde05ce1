"""Codes of nobody's list: coding schemes of France and of this house, told apart by UID (PS3.3 C.12.1.1.1; PS3.16, 8)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from pydicom.dataset import Dataset

from sync.dicom.building.elements import code, cut, put, sequence, text


@dataclasses.dataclass(frozen=True, slots=True)
class Scheme:
    """``designator`` begins with 99, as one that the standard does not know; ``uid`` says which it is."""

    designator: str
    uid: str
    name: str


FINESS = Scheme("99FINESS", "1.2.250.1.71.4.2.2", "FINESS")
RPPS = Scheme("99RPPS", "1.2.250.1.71.4.2.1", "RPPS")
HOUSE = Scheme("99TELECART", "2.25.72019837205917424617240361894405731562", "telecart")

_BY_DESIGNATOR: Mapping[str, Scheme] = MappingProxyType({one.designator: one for one in (FINESS, RPPS, HOUSE)})

PROCEDURE = ("BEDSIDE", "Captures au chevet pour télémédecine")
"""What a round is that nobody ordered; no list that may be used freely has a code for it."""


def coded(scheme: Scheme, value: str, meaning: str) -> Dataset:
    """``meaning`` is cut to the 64 characters of its VR: the value says it whole."""
    return code(text(value), scheme.designator, cut(meaning, 64))


def identify(dataset: Dataset) -> None:
    """Says of each scheme of this module that is used in ``dataset`` which it is."""
    used = sorted(set(_designators([dataset])) & set(_BY_DESIGNATOR))
    if not used:
        return
    items = []
    for designator in used:
        scheme, item = _BY_DESIGNATOR[designator], Dataset()
        put(item, "CodingSchemeDesignator", designator)
        put(item, "CodingSchemeUID", scheme.uid)
        put(item, "CodingSchemeName", scheme.name)
        items.append(item)
    sequence(dataset, "CodingSchemeIdentificationSequence", *items)


def _designators(items: Iterable[Dataset]) -> Iterator[str]:
    for item in items:
        for element in item:
            if element.VR == "SQ":
                yield from _designators(element.value)
            elif element.keyword == "CodingSchemeDesignator":
                yield str(element.value)
