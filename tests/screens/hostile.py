"""Texts that try to leave the screen, and what may never reach a terminal."""

from __future__ import annotations

import random
import re

import msgspec

from edge.door import messages as m

FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Everything but ESC and newline that a sanitised screen never holds; ESC is judged by the sequence it starts."""

PAYLOADS = (
    "\x1b[31337m",
    "\x1b]52;c;SEk=\x07",
    "\x1b]52;c;SEk=\x1b\\",
    "\x1b]0;title\x07",
    "\x1bP0;1|31337\x1b\\",
    "\x1b_G31337\x1b\\",
    "\x1bc",
    "\x9b31337m",
    "\x9d52;c;SEk=\x9c",
    "\x90q31337\x9c",
    "\x00\x07\x08\x0b\x0c\r\t\x7f",
    "a\r\nb",
    "\u202eeslaf\u202c",
    "\u2066x\u2069\u200b\u200d\ufeff",
    "\u2028\u2029",
    "[red]rouge[/red]",
    "[@click=app.exit]x[/]",
    "[/",
    "\\[b]",
)


def hostile_text(seed: random.Random) -> str:
    """A few payloads between letters, in an order of its own."""
    parts = []
    for _ in range(seed.randint(1, 4)):
        parts += [seed.choice("AbÉß¿ "), seed.choice(PAYLOADS), chr(seed.randrange(0x20))]
    return "".join(parts)


def hostile(
    said: object, seed: random.Random, keep: frozenset[str] = frozenset({"id", "state", "item_id", "part"})
) -> object:
    """``said`` with every text in it made hostile, but for those fields that steer what is shown."""
    if isinstance(said, str):
        return hostile_text(seed)
    if isinstance(said, tuple):
        return tuple(hostile(part, seed, keep) for part in said)
    if isinstance(said, msgspec.Struct):
        changed = {
            name: hostile(getattr(said, name), seed, keep)
            for name in said.__struct_fields__
            if name not in keep
            and not (name in {"kind", "name"} and isinstance(said, m.ItemCard | m.Value | m.LiveCard))
        }
        return msgspec.structs.replace(said, **changed)
    return said


def hostile_snapshot(snapshot: m.Snapshot, seed: random.Random) -> m.Snapshot:
    made = hostile(snapshot, seed)
    assert isinstance(made, m.Snapshot)
    return made
