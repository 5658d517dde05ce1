"""Who waits in a call's lobby, or is in the call."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Visitor:
    """``name`` "" where nobody verified one; ``rpps`` the number of a professional who signed in with it, else "".

    ``invited``: came by a link that was made out to this name, and proved nothing else. ``spoken``: six digits that the page shows
    too, "" until they are known.
    """

    name: str = ""
    rpps: str = ""
    invited: bool = False
    spoken: str = ""


NOBODY = Visitor()
