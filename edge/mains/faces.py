"""The pictures that a table of residents names: each is read, made small and kept, or told with its line and reason."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from drivers.files import face
from edge.domain.audit import Actor
from edge.domain.fault import Fault
from edge.domain.ports import Clock
from edge.residents_table import Pictured, WrongLine
from edge.store.face_book import Store, StoredFaces


@dataclasses.dataclass(frozen=True, slots=True)
class Brought:
    """``new`` pictures, ``gone`` those that were taken away, ``wrong`` the lines whose picture was not taken."""

    new: int = 0
    gone: int = 0
    wrong: tuple[WrongLine, ...] = ()


async def bring_in(
    faces: StoredFaces[Store], pictured: Sequence[Pictured], folder: Path, clock: Clock, by: Actor
) -> Brought:
    """Where a picture is not taken, what was there before stays there."""
    new, gone, wrong = 0, 0, []
    for one in pictured:
        try:
            if not one.photo:
                gone += await faces.take_away(one.patient.id, clock.now(), by)
                continue
            jpeg = await asyncio.to_thread(_small, folder, one.photo)
            new += await faces.put(one.patient, jpeg, clock.now(), by)
        except Fault as fault:
            wrong.append(WrongLine(one.line, f"the photo is not taken: {fault.what}"))
        except OSError:
            wrong.append(WrongLine(one.line, "the photo is not taken: its file cannot be read"))
        except ValueError as exc:
            wrong.append(WrongLine(one.line, f"the photo is not taken: {exc}"))
    return Brought(new, gone, tuple(wrong))


def _small(folder: Path, name: str) -> bytes:
    """Raises OSError, Fault, and ValueError with what is wrong with the name."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("its file is not in the folder of the table")
    if not path.is_file():
        raise ValueError("there is no such file")
    with path.open("rb") as file:
        return face.read(file.read(face.LARGEST + 1))
