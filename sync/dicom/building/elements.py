"""Putting values into DICOM data sets so that nothing illegal gets in unseen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.text import sanitise_line

_PN = 64
"""Of a component group of a person's name, PS3.5 6.2."""

_BLANKS = str.maketrans("^=", "  ")

Value = str | int | bytes | Sequence[str] | Sequence[Dataset] | None


def put(dataset: Dataset, keyword: str, value: Value) -> None:
    """Adds an element. Raises Fault(OBJECT_INVALID), naming the attribute, where the value breaks its VR (PS3.5, 6.2)."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    try:
        dataset.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=config.RAISE))
    except (ValueError, OverflowError) as exc:
        raise Fault(
            Reason.OBJECT_INVALID,
            f"the DICOM attribute {keyword} cannot hold what stands in the record",
            "correct the resident's or the cart's data, then release the item",
        ) from exc


def sequence(dataset: Dataset, keyword: str, *items: Dataset) -> None:
    put(dataset, keyword, list(items))


def text(value: str) -> str:
    """``value`` as it may stand in a text attribute: one line, no backslash (it would divide values)."""
    return sanitise_line(value).replace("\\", " ").strip()


def person_name(family: str, given: str) -> str:
    """A PN of two components (PS3.5, 6.2.1.1); the delimiters that a name may not hold become blanks.

    Of more given names than it holds those go in that fit, whole and in their order; the first always does.
    """
    family, given = (" ".join(text(part).translate(_BLANKS).split()) for part in (family, given))
    while not fits(f"{family}^{given}", _PN) and " " in given:
        given = given.rpartition(" ")[0]
    return f"{family}^{given}"


def fits(value: str, most: int) -> bool:
    """Whether it has ``most`` bytes at most: the standard counts characters, and not all of its readers do."""
    return len(value.encode()) <= most


def cut(value: str, most: int) -> str:
    """As much of the beginning of ``value`` as fits, as it may stand in a text attribute."""
    return text(value).encode()[:most].decode(errors="ignore").strip()


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """One item of a code sequence (PS3.3 table 8.8-1)."""
    dataset = Dataset()
    put(dataset, "CodeValue", value)
    put(dataset, "CodingSchemeDesignator", scheme)
    put(dataset, "CodeMeaning", meaning)
    return dataset


def date(moment: dt.datetime) -> str:
    return moment.strftime("%Y%m%d")


def time(moment: dt.datetime) -> str:
    return moment.strftime("%H%M%S.%f")


def offset(moment: dt.datetime) -> str:
    """Timezone Offset From UTC: ``+0200``."""
    return moment.strftime("%z")[:5]
