"""Invented consents, for pictures and tests: nobody gave them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.door import messages as m
from ui.bedside.consent_acts import ChooseBasis, ChooseScope, OpenConsent
from ui.bedside.messages import Act, Go
from ui.bedside.views import Page

AGREED = m.ConsentCard(
    consent_id="k-1", basis="person", collected="2026-11-20T13:31:00Z", by="C. LEROY", representative=""
)
STANDING = msgspec.structs.replace(AGREED, standing=True, collected="2026-09-04T08:12:00Z")
REFUSED = msgspec.structs.replace(AGREED, basis="refusal")
GUARDED = m.ConsentCard(protection="tutelle", representative="Paul MARTIN, tuteur")
AUTHORISED = msgspec.structs.replace(
    STANDING, basis="representative", other="Paul MARTIN, tuteur", document=True, protection="tutelle"
)

CONSENT_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "consent": ({}, (Go(Page.CALL), OpenConsent())),
    "consent-guardian": ({"consent": GUARDED}, (Go(Page.CALL), OpenConsent(), ChooseScope(standing=True))),
    "consent-who": ({"consent": GUARDED}, (Go(Page.CALL), OpenConsent(), ChooseBasis("representative"))),
    "consent-standing": ({"consent": AUTHORISED}, (Go(Page.CALL), OpenConsent())),
    "call-standing": ({"consent": STANDING}, (Go(Page.CALL),)),
    "call-refused": ({"consent": REFUSED}, (Go(Page.CALL),)),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""
