"""The picture of a resident, for who may see the list. Nothing of it is written down: a face in a list is no act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from edge.domain.audit import Actor
from edge.door import messages as m


class FaceBook(Protocol):
    async def get(self, patient_id: str) -> bytes | None:
        """The JPEG, None where there is none that is believed to be hers. Raises Fault(STORE_IO | STORE_DAMAGED)."""
        ...


class FaceDesk:
    """``inner`` does all other commands; ``tell`` hands a picture to the bedside screen, ``may_see`` says whether it may now."""

    def __init__(
        self,
        faces: FaceBook,
        may_see: Callable[[], bool],
        tell: Callable[[m.Face], None],
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._faces = faces
        self._may_see = may_see
        self._tell = tell
        self._inner = inner

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done."""
        if not isinstance(command, m.ShowFace):
            await self._inner(command, by)
            return
        jpeg = await self._faces.get(command.patient_id)
        # reading it takes a while, in which the screen may be locked (H1)
        if self._may_see():
            self._tell(m.Face(patient_id=command.patient_id, jpeg=jpeg or b""))
