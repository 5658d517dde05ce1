"""Invented contacts, requests for an opinion and settings, for pictures and tests: nobody has these numbers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.door import messages as m
from ui.bedside.invented_consent import AGREED
from ui.bedside.messages import Act, Go
from ui.bedside.opinion_acts import Ask, ChooseSpecialty, NextSituation, Ring
from ui.bedside.views import Page

CONTACTS = (
    m.ContactCard(label="SAMU", label_en="SAMU (emergency)", role="emergency", number="15", hours="24 h / 24"),
    m.ContactCard(
        label="Médecin de garde", label_en="Doctor on call", role="on_call", number="116 117", hours="20 h - 8 h"
    ),
    m.ContactCard(
        label="Dr Anne Morel",
        label_en="Dr Anne Morel",
        role="treating",
        number="04 76 00 00 01",
        hours="8 h 30 - 19 h",
        video=True,
    ),
    m.ContactCard(
        label="Équipe mobile gériatrie",
        label_en="Mobile geriatric team",
        role="geriatrics",
        number="04 76 00 00 02",
        hours="9 h - 17 h",
    ),
    m.ContactCard(
        label="Infirmière d'astreinte",
        label_en="Nurse on call",
        role="nurse",
        number="06 00 00 00 03",
        hours="21 h - 7 h",
    ),
)

_PHOTOS = ("item-4", "item-5")
_VITALS = ("item-1", "item-2")
DOSSIERS = (
    m.DossierCard(
        specialty="dermatology",
        addressee="CHU, dermatologie",
        attached=(*_PHOTOS, "item-3", *_VITALS),
        documents=("dlu",),
        absent=("directives",),
    ),
    m.DossierCard(specialty="cardiology", attached=(*_PHOTOS, *_VITALS), gaps=(m.GapCard(missing="ecg"),)),
    m.DossierCard(
        specialty="wounds",
        attached=(*_PHOTOS, "item-3", *_VITALS),
        documents=("dlu",),
        absent=("directives",),
    ),
    m.DossierCard(specialty="geriatrics", attached=(*_PHOTOS, "item-3", *_VITALS)),
)
ASKED = m.ItemCard(
    item_id="item-31",
    kind="opinion",
    device="Demande d'avis",
    model="opinion",
    taken="2026-11-20T13:31:00Z",
    age_seconds=70.0,
    values=(
        m.Value(name="specialty", value="dermatology", unit=None),
        m.Value(name="question", value="conduct", unit=None),
        m.Value(name="urgency", value="soon", unit=None),
        m.Value(name="state", value="demandé", unit=None),
    ),
    state="pending",
)

_THERE: Mapping[str, object] = {"contacts": CONTACTS, "dossiers": DOSSIERS}
_AGREED: Mapping[str, object] = {**_THERE, "consent": AGREED}

OPINION_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "call": (_THERE, (Go(Page.CALL),)),
    "opinion": (_AGREED, (Go(Page.CALL), ChooseSpecialty("dermatology"), NextSituation())),
    "opinion-gaps": (_AGREED, (Go(Page.CALL), ChooseSpecialty("cardiology"), Ask())),
    "dial": (_THERE, (Go(Page.CALL), Ring("Équipe mobile gériatrie"))),
}
"""By its name: what the cart says otherwise than in the other pictures, and what is touched."""

ABOUT = m.AboutCard(
    version="0.2.0",
    clock_trusted=True,
    interfaces=(
        m.InterfaceCard(name="eth0", up=False),
        m.InterfaceCard(name="wlan0", up=True, addresses=("192.0.2.17", "2001:db8::17")),
    ),
    far_ends=("pacs", "dossier"),
)
_STANDS = m.StandingCard(
    reach=m.ReachCard(state="answers", seconds=70.0), power=m.PowerCard(percent=82, plugged=True), days_left=71
)
_SILENT = m.StandingCard(
    reach=m.ReachCard(state="partly", seconds=190000.0, silent=("pacs",)),
    power=m.PowerCard(percent=31, plugged=False),
    days_left=400,
)

SETTINGS_SCENES: Mapping[str, tuple[Mapping[str, object], tuple[Act, ...]]] = {
    "settings": ({"about": ABOUT, "standing": _STANDS, "disk_free_bytes": 41_700_000_000}, (Go(Page.SETTINGS),)),
    "settings-wrong": (
        {
            "about": msgspec.structs.replace(ABOUT, clock_trusted=False),
            "standing": _SILENT,
            "disk_free_bytes": 41_700_000_000,
            "waiting": m.Waiting(kept=2, needs_person=3, received=12, oldest_seconds=190000.0),
        },
        (Go(Page.SETTINGS),),
    ),
}
