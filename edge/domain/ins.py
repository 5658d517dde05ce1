"""The matricule of the identité nationale de santé (INS) and the authorities that give it (ANS, référentiel INS, version 2)."""

from __future__ import annotations

import enum
import re
from typing import Final


class Authority(enum.StrEnum):
    """The OID of who gave a matricule."""

    NIR = "1.2.250.1.213.1.4.8"
    NIA = "1.2.250.1.213.1.4.9"
    TEST = "1.2.250.1.213.1.4.10"
    DEMONSTRATION = "1.2.250.1.213.1.4.11"


OF_NOBODY: Final = frozenset({Authority.TEST, Authority.DEMONSTRATION})
"""A matricule of these is no person's: a cart in care refuses it (H7)."""

CORSICA: Final = {"2A": "19", "2B": "18"}
"""The département of birth as it counts for the key."""

_MATRICULE = re.compile(r"(\d{5}(?:\d\d|2A|2B)\d{6})(\d\d)", re.ASCII)
_DEPARTMENT = slice(5, 7)


def why_not(matricule: str) -> str | None:
    """What is wrong with ``matricule`` (13 characters and a key of two digits) in one plain line; None where nothing is.

    The key is 97 less the remainder by 97 of the thirteen, with 2A and 2B of Corsica read as 19 and 18.
    """
    found = _MATRICULE.fullmatch(matricule)
    if found is None:
        return "not 13 characters and a key of two digits"
    body, key = found.groups()
    department = body[_DEPARTMENT]
    number = body[: _DEPARTMENT.start] + CORSICA.get(department, department) + body[_DEPARTMENT.stop :]
    return None if int(key) == 97 - int(number) % 97 else "its check digits do not fit"
