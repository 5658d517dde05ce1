"""Keeps the language and theme that were chosen at the screen, for when it is started again. Nobody has to sign in for that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.door import messages as m

_LONGEST = 32


class LookDesk:
    """``inner`` does every other command; ``changed`` is called when it is another look."""

    def __init__(self, changed: Callable[[], None], inner: Callable[[m.AnyCommand, Actor], Awaitable[None]]) -> None:
        self._changed = changed
        self._inner = inner
        self.card = m.LookCard()

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done."""
        if not isinstance(command, m.KeepLook):
            await self._inner(command, by)
            return
        if max(len(command.language), len(command.theme)) > _LONGEST:
            raise Fault(Reason.NOT_ALLOWED, "Cet affichage n'existe pas", "choisissez-le dans les réglages")
        self.card = m.LookCard(language=command.language, theme=command.theme)
        self._changed()
