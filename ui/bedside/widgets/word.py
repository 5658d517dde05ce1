"""A word that carries to two metres."""

from __future__ import annotations

from ui.bedside import letters
from ui.bedside.widgets.number import BigNumber


class BigWord(BigNumber):
    """``number`` is the word: in solid letters where each has one and they fit, plain text else."""

    FACES = letters.FACES
