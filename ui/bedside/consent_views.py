"""What the screen shows of a consent, as frozen values in the words of the language."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class ConsentView:
    """``line`` says on which basis a call or request stands, or asks for one; ``facts`` how long, when and by whom; ``brief`` is
    both for a low and narrow display.

    ``stands``: something was said and counts, a refusal too. ``usual`` is what one tap says (edge.domain.consent). ``law`` is what
    the law wants of somebody under this protection, "" for nothing. ``anonymous``: without a badge only an emergency is said.
    """

    consent_id: str = ""
    basis: str = ""
    allows: bool = False
    stands: bool = False
    line: str = ""
    facts: str = ""
    brief: str = ""
    law: str = ""
    usual: str = "person"
    representative: str = ""
    title: str = ""
    anonymous: bool = False

    @property
    def refused(self) -> bool:
        return self.stands and not self.allows
