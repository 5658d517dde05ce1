"""`telecart identity`: from a payload or a picture to the traits of a person, or to what is wrong, field by field."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from types import MappingProxyType

from drivers.codec.ins_datamatrix import HEAD, LONGEST, NotAnIdentity, Wrong, parse as parse_text
from drivers.files import matrix
from edge.domain.fault import Fault, Reason
from edge.domain.recognition import ScannedIdentity

LARGEST_PICTURE = matrix.LARGEST
"""Bytes."""

LONGEST_PAYLOAD = LONGEST + 4
"""Bytes that are read at most: a reader may end with CR LF."""


@dataclasses.dataclass(frozen=True, slots=True)
class Traits:
    """As it is printed. ``birth_date`` ISO 8601; ``birth_place`` an INSEE code."""

    matricule: str
    oid: str
    birth_given_names: tuple[str, ...]
    birth_name: str
    sex: str
    birth_date: str
    birth_place: str | None
    warnings: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    errors: tuple[Wrong, ...]


def parse(payload: bytes, *, allow_test: bool) -> Traits | Refused:
    """Never raises for what stands in ``payload``."""
    today = dt.datetime.now(dt.UTC).date()
    try:
        return _printed(parse_text(payload.decode("ascii", errors="replace"), today, allow_test=allow_test))
    except NotAnIdentity as exc:
        return Refused(exc.wrong)


def reader(*, allow_test: bool) -> Callable[[str], ScannedIdentity | None]:
    """What a reader of codes reads: None for what is no Data Matrix of the INS; raises Fault with a line for the screen."""

    def read_code(text: str) -> ScannedIdentity | None:
        if not text.startswith(HEAD[:2]):
            return None
        try:
            return parse_text(text, dt.datetime.now(dt.UTC).date(), allow_test=allow_test)
        except NotAnIdentity as exc:
            fields = sorted({_FIELDS.get(one.field, "code") for one in exc.wrong})
            raise Fault(
                Reason.UNDECODABLE, f"Code INS refusé ({', '.join(fields)}). Choisissez dans la liste."
            ) from exc

    return read_code


_FIELDS = MappingProxyType(
    {
        "matricule": "matricule",
        "oid": "OID",
        "birth_given_names": "prénoms",
        "birth_name": "nom",
        "sex": "sexe",
        "birth_date": "date de naissance",
        "birth_place": "lieu de naissance",
    }
)
"""In words for the bedside."""


def read(picture: bytes, *, allow_test: bool) -> Traits | Refused:
    """Of the one INS Data Matrix in ``picture``. Raises Fault for what is no picture."""
    return _of_symbols(matrix.read(picture), allow_test=allow_test)


def _of_symbols(payloads: Sequence[bytes], *, allow_test: bool) -> Traits | Refused:
    """Two different persons in one picture are nobody (H1)."""
    found = {one for one in payloads if one.startswith(HEAD[:2].encode())}
    if len(found) > 1:
        return Refused((Wrong("payload", "the picture shows the codes of several persons"),))
    if not found:
        what = (
            "the picture shows no INS Data Matrix" if payloads else "the picture shows no Data Matrix that can be read"
        )
        return Refused((Wrong("payload", what),))
    return parse(found.pop(), allow_test=allow_test)


def _printed(found: ScannedIdentity) -> Traits:
    return Traits(
        matricule=found.ins.matricule,
        oid=found.ins.oid,
        birth_given_names=found.birth_given_names,
        birth_name=found.birth_name,
        sex=found.sex.value,
        birth_date=found.birth_date.isoformat(),
        birth_place=found.birth_place,
        warnings=found.warnings,
    )
