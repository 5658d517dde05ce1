"""Invented residents whose every trait is a word that stands nowhere else, so that it can be looked for (T20)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import string
from collections.abc import Iterator

COUNT = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Seeded:
    id: str
    birth_name: str
    given_names: str
    birth_date: dt.date
    room: str
    matricule: str
    allergy: str

    def identifiers(self) -> Iterator[str]:
        """Each as it stands in the record; the day of birth in the three ways in which it is written."""
        yield from (self.id, self.birth_name, self.given_names, self.room, self.matricule, self.allergy)
        yield from (f"{self.birth_date:%Y-%m-%d}", f"{self.birth_date:%Y%m%d}", f"{self.birth_date:%d/%m/%Y}")
        # as a program shows a date
        yield f"date({self.birth_date.year}, {self.birth_date.month}, {self.birth_date.day})"

    def toml(self) -> str:
        return (
            f'[[resident]]\nid = "{self.id}"\nbirth_name = "{self.birth_name}"\ngiven_names = "{self.given_names}"\n'
            f'birth_date = {self.birth_date.isoformat()}\nsex = "F"\nroom = "{self.room}"\nstatus = "qualifiee"\n'
            f'ins_matricule = "{self.matricule}"\nins_oid = "1.2.250.1.213.1.4.8"\nallergies = ["{self.allergy}"]\n'
        )


def residents(seed: int = 20) -> list[Seeded]:
    chance = random.Random(seed)

    def word(length: int) -> str:
        return "".join(chance.choices(string.ascii_uppercase, k=length))

    made = []
    for number in range(COUNT):
        born = dt.date(1921, 1, 1) + dt.timedelta(days=229 * number + chance.randrange(200))
        root = f"2{born:%y%m}75{chance.randrange(10**6):06}"
        matricule = f"{root}{97 - int(root) % 97:02}"
        made.append(
            Seeded(f"IPP{word(7)}", word(9), word(8).title(), born, f"Ch {word(6)}", matricule, word(10).lower())
        )
    return made
