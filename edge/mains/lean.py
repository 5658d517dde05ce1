"""What a process does without."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

OF_SYNC = ("numpy", "PIL", "rich")
"""pydicom takes pictures apart with the first two, structlog colours what has failed with the third: 16 MB for nothing that sync
does. What needs one of them later on finds it.
"""


@contextlib.contextmanager
def without(modules: tuple[str, ...]) -> Iterator[None]:
    """What is imported meanwhile finds none of ``modules``: a library that can do without them then does."""
    absent = [name for name in modules if name not in sys.modules]
    # so it is written in the language's reference, 5.3.1: None stands for what cannot be imported
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)
