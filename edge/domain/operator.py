"""Who made a capture: a person, never a role or a program."""

from __future__ import annotations

import dataclasses
import re

from edge.domain.audit import KnownBy, Who

_RPPS = re.compile(r"\d{11}", re.ASCII)


@dataclasses.dataclass(frozen=True, slots=True)
class Operator:
    """``name`` is for people, "" where only the number is known; ``rpps`` is the number of a health professional, "" where
    there is none or it is not known. Raises ValueError for neither, and for a number that is not of eleven digits.
    """

    name: str
    rpps: str = ""

    def __post_init__(self) -> None:
        if not self.name and not self.rpps:
            raise ValueError("an operator has a name or a number")
        if self.rpps and not _RPPS.fullmatch(self.rpps):
            raise ValueError("an RPPS number has eleven digits")

    @classmethod
    def of(cls, who: Who) -> Operator | None:
        """Of somebody who signed in; None of a role, an account of the machine or a program: they are nobody in person."""
        if who.known_by is not KnownBy.PROFESSIONAL:
            return None
        rpps = who.id if _RPPS.fullmatch(who.id) else ""
        return cls(who.name, rpps) if who.name or rpps else None
