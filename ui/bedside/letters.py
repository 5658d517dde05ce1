"""Big letters of solid cells, for the few words that must be read at once: as high as the digits, pure."""

from __future__ import annotations

from ui.bedside import digits

_DRAWN = """
A .##. #### #..# #..# #..# #### #### #..# #..# #..#
B ###. #### #..# #..# ###. ###. #..# #..# #### ###.
C .### #### #... #... #... #... #... #... #### .###
D ###. #### #..# #..# #..# #..# #..# #..# #### ###.
E #### #### #... #... ###. ###. #... #... #### ####
F #### #### #... #... ###. ###. #... #... #... #...
G .### #### #... #... #.## #.## #..# #..# #### .###
H #..# #..# #..# #..# #### #### #..# #..# #..# #..#
I ## ## ## ## ## ## ## ## ## ##
K #..# #..# #..# #.#. ##.. ##.. #.#. #..# #..# #..#
L #... #... #... #... #... #... #... #... #### ####
M #...# ##.## ##.## #.#.# #.#.# #...# #...# #...# #...# #...#
O .##. #### #..# #..# #..# #..# #..# #..# #### .##.
P ###. #### #..# #..# #### ###. #... #... #... #...
R ###. #### #..# #..# #### ###. #.#. #.#. #..# #..#
S .### #### #... #... ###. .### ...# ...# #### ###.
T #### #### .##. .##. .##. .##. .##. .##. .##. .##.
U #..# #..# #..# #..# #..# #..# #..# #..# #### .##.
"""


def _face() -> digits.Face:
    rows = [line.split() for line in _DRAWN.strip().splitlines()]
    return {letter: tuple(dots) for letter, *dots in rows} | {" ": ("..",) * (2 * digits.ROWS)}


def _bold(face: digits.Face) -> digits.Face:
    """Twice as wide: upright strokes as thick as level ones."""
    return {letter: tuple("".join(2 * dot for dot in row) for row in rows) for letter, rows in face.items()}


FACES = (_bold(_face()), _face())
