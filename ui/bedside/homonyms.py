"""Which residents could be taken for one another: pure. It flags, it never merges (H2)."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Sequence

from edge.door.messages import ResidentCard

SHORT = 4
"""Names with fewer letters are near only where they are the same: LE and LI are not."""


def homonyms(residents: Sequence[ResidentCard]) -> frozenset[str]:
    """Ids of residents whose birth or used name is that of another one, or one letter away from it."""
    return _homonyms(tuple((one.id, one.birth_name, one.used_name or "") for one in residents))


@functools.lru_cache(maxsize=4)
def _homonyms(residents: tuple[tuple[str, str, str], ...]) -> frozenset[str]:
    names = [(identity, {_plain(name) for name in known if name}) for identity, *known in residents]
    return frozenset(
        identity
        for (one, its), (other, others) in itertools.combinations(names, 2)
        if any(near(a, b) for a in its for b in others)
        for identity in (one, other)
    )


def _plain(name: str) -> str:
    """Letters only, without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())


def near(a: str, b: str) -> bool:
    """Equal, or one letter added, dropped, changed, or two neighbours swapped."""
    if a == b:
        return True
    if min(len(a), len(b)) < SHORT or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]
