"""Scenes of the bedside screen with invented residents: what the cart says and what is touched (see ``drawing``)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

from edge.domain.body_site import BodySite, Side
from edge.domain.visitor import Visitor
from edge.door import messages as m
from ui.bedside.invented import TYPED_SCENES
from ui.bedside.invented_answers import ANSWER_SCENES
from ui.bedside.invented_consent import AGREED, CONSENT_SCENES
from ui.bedside.invented_diary import DIARY_SCENES
from ui.bedside.invented_opinion import ASKED, CONTACTS, DOSSIERS, OPINION_SCENES, SETTINGS_SCENES
from ui.bedside.invented_staff import STAFF_SCENES
from ui.bedside.invented_standing import STANDING_SCENES
from ui.bedside.invented_whose import WHOSE_SCENES
from ui.bedside.messages import Act, AskZone, ChooseZone, Consider, Go, Key, ShowAppliance
from ui.bedside.opinion_acts import ChooseSpecialty
from ui.bedside.views import Page
from ui.bedside.window_acts import FillScreen, Guide
from ui.bedside.zones import Zone

ZONE = dt.timezone(dt.timedelta(hours=1))

JEANNE = m.ResidentCard(
    id="r-214",
    birth_name="Dupont",
    given_names="Jeanne Marie",
    used_name="Martin",
    birth_date="1938-03-12",
    sex="F",
    room="214",
    identity_status="qualifiee",
    allergies=("Pénicilline", "Arachide"),
    treating_doctor="Dr Anne Morel",
    treating_rpps="10001234567",
    protection="tutelle",
    representative="UDAF 38, 04 76 00 00 02",
    long_term_illness=True,
)


def _resident(room: str, name: str, given: str, born: str, sex: str, used: str | None = None) -> m.ResidentCard:
    return m.ResidentCard(
        id=f"r-{room}",
        birth_name=name,
        given_names=given,
        used_name=used,
        birth_date=born,
        sex=sex,
        room=room,
        identity_status="validee",
        allergies=None,
    )


RESIDENTS = (
    _resident("201", "Bernard", "Louis", "1941-07-04", "M"),
    _resident("203", "Petit", "Odette", "1935-11-19", "F"),
    _resident("207", "Roux", "Marcel", "1939-02-27", "M"),
    _resident("209", "Lefèvre", "Simone", "1932-05-30", "F", "Garnier"),
    _resident("212", "Dupont", "Jeannine", "1940-08-15", "F"),
    JEANNE,
    _resident("216", "Moreau", "Henri", "1937-12-01", "M"),
    _resident("218", "Girard", "Yvette", "1944-09-09", "F"),
)
DEVICES = (
    m.DeviceCard(label="Brassard", model="BLE", connected=True),
    m.DeviceCard(label="Oxymètre", model="Nonin", connected=True),
    m.DeviceCard(label="ECG", model="Mortara", connected=True),
)


def _item(number: int, kind: str, device: str, age: float, state: str, **more: object) -> m.ItemCard:
    values = more.get("values", ())
    quality = more.get("quality", ())
    assert isinstance(values, tuple)
    assert isinstance(quality, tuple)
    return m.ItemCard(
        item_id=f"item-{number}",
        kind=kind,
        device=device,
        model="demo",
        taken="2026-11-20T13:30:00Z",
        age_seconds=age,
        values=values,
        quality=quality,
        state=state,
        remark=str(more.get("remark", "")),
    )


def beats(seconds: float = 10.0, hertz: float = 250.0) -> tuple[float, ...]:
    """A drawn heartbeat in millivolts. An illustration: it comes from no heart and stands for none."""
    waves = ((0.16, 0.025, 0.12), (0.265, 0.008, -0.1), (0.29, 0.011, 1.1), (0.32, 0.01, -0.22), (0.52, 0.045, 0.27))
    return tuple(
        sum(high * math.exp(-(((step / hertz) % 0.83 - at) ** 2) / (2 * wide**2)) for at, wide, high in waves)
        for step in range(int(seconds * hertz))
    )


SAMPLE = m.Snapshot(
    cart="Borne 3",
    demo=True,
    clock="2026-11-20T14:32:00+01:00",
    resident=JEANNE,
    encounter_id="e-1",
    items=(
        _item(
            1,
            "blood_pressure",
            "Brassard",
            125,
            "received",
            values=(
                m.Value(name="systolic", value="142", unit="mm[Hg]"),
                m.Value(name="diastolic", value="85", unit="mm[Hg]"),
                m.Value(name="pulse_rate", value="74", unit="/min"),
            ),
        ),
        _item(
            2,
            "spo2",
            "Oxymètre",
            40,
            "pending",
            values=(
                m.Value(name="spo2", value="94", unit="%", quality=("low_perfusion",)),
                m.Value(name="pulse_rate", value="76", unit="/min"),
            ),
        ),
        _item(3, "ecg", "Électrocardiographe", 300, "sent"),
        _item(4, "photo", "Caméra", 95, "kept", values=(m.Value(name="view", value="overview", unit=None),)),
        _item(
            5,
            "photo",
            "Caméra",
            62,
            "kept",
            remark="floue",
            values=(m.Value(name="view", value="close_up", unit=None),),
        ),
    ),
    live=(
        m.LiveCard(
            kind="spo2",
            device="Oxymètre",
            values=(m.Value(name="spo2", value="95", unit="%"), m.Value(name="pulse_rate", value="77", unit="/min")),
        ),
    ),
    trace=m.Trace(item_id="item-3", lead="II", hertz=250.0, millivolts=beats()),
    residents=RESIDENTS,
    devices=DEVICES,
    waiting=m.Waiting(kept=2, pending=1, sent=1, received=12, oldest_seconds=300, last_received_seconds=70),
)


def _with(**changes: object) -> m.Snapshot:
    fields = {name: getattr(SAMPLE, name) for name in SAMPLE.__struct_fields__}
    return m.Snapshot(**{**fields, **changes})


_DOCTOR = Visitor("Claire MARTIN", "10001234567")
_LOBBY = m.CallCard(
    call_id="c-1", state="waiting", address="https://borne-3.ehpad.local:8443/c", pin="402718", visitor=_DOCTOR
)
_TALK = m.CallCard(
    call_id="c-1",
    state="connected",
    video_frames_sent=1840,
    vitals_messages=62,
    visitor=Visitor("Claire MARTIN", "10001234567", spoken="482913"),
)

FULL_SET = (
    *SAMPLE.items[:2],
    _item(
        6,
        "temperature",
        "Thermomètre",
        200,
        "kept",
        values=(m.Value(name="temperature", value="38.4", unit="Cel"),),
        quality=("unauthenticated",),
    ),
    _item(
        7,
        "body_composition",
        "Balance",
        260,
        "sent",
        values=(
            m.Value(name="body_fat", value="31.5", unit="%"),
            m.Value(name="weight", value="62.4", unit="kg"),
            m.Value(name="bmi", value="24.1", unit="kg/m2"),
        ),
    ),
    _item(
        8, "glucose", "Lecteur de glycémie", 20, "kept", values=(m.Value(name="glucose", value="5.6", unit="mmol/L"),)
    ),
    _item(9, "respiration", "Capteur", 30, "kept", values=(m.Value(name="respiratory_rate", value="18", unit="/min"),)),
    _item(
        10,
        "sound",
        "Stéthoscope",
        80,
        "kept",
        remark="trop faible",
        values=(
            m.Value(name="source", value="stethoscope", unit=None),
            m.Value(name="seconds", value="15", unit="s"),
        ),
    ),
)
"""Every kind of vital sign that a device measures, and a sound."""

APPLIANCES = (
    m.DeviceCard(
        id="C0:FF:EE:00:00:01",
        label="Tensiomètre",
        model="blood-pressure",
        connected=False,
        wireless=True,
        manufacturer="A&D Medical",
        model_number="UA-651BLE",
        serial_number="5181201234",
        firmware="1.0.3",
        battery_percent=80,
        heard_seconds=125.0,
    ),
    m.DeviceCard(
        id="C0:FF:EE:00:00:02",
        label="Thermomètre",
        model="thermometer",
        connected=True,
        trusted=False,
        wireless=True,
        battery_percent=15,
        heard_seconds=4.0,
        what="ne reconnaît plus la borne : oubliez-le, puis ajoutez-le de nouveau",
    ),
    m.DeviceCard(id="/dev/ttyUSB0", label="Oxymètre", model="nonin-2", connected=True, heard_seconds=0.0),
)
NEARBY = (
    m.NearbyCard(id="C0:FF:EE:00:00:07", label="Balance", model="weight-scale", name="MIBFS-07", rssi=-48),
    m.NearbyCard(id="C0:FF:EE:00:00:08", label="Lecteur de glycémie", model="glucose", name="meter+1204", rssi=-74),
)

EARLIER = (
    m.EarlierCard(
        prior_id="p-1",
        kind="photo",
        taken="2026-11-12T10:15:00",
        title="close_up",
        site="heel",
        side="L",
        who="A. Petit",
    ),
    m.EarlierCard(
        prior_id="p-2", kind="photo", taken="2026-10-29T09:00:00", title="overview", site="heel", side="L", who="P. Roy"
    ),
    m.EarlierCard(
        prior_id="p-3", kind="photo", source="region", taken="2026-09-02", title="Escarre", region="Cheville"
    ),
)
HEEL = ChooseZone(Zone(BodySite.HEEL, Side.LEFT))

FRAMING = m.WindowCard(possible=True, camera="shown", remark="sombre")
SEEN = m.WindowCard(possible=True, specialist="shown")

RECORDING = m.StripCard(
    state="recording", device="Moniteur ECG", since="2026-11-20T13:31:47Z", seconds=12.6, safe_seconds=12.0
)

SCENES: Mapping[str, tuple[m.Snapshot, tuple[Act, ...]]] = {
    "residents": (_with(resident=None, items=(), live=(), trace=None), ()),
    "confirm": (_with(resident=None, items=(), live=(), trace=None), (Consider("r-214"),)),
    "home": (SAMPLE, ()),
    "vitals": (_with(live=()), (Go(Page.VITALS),)),
    "vitals-live": (SAMPLE, (Go(Page.VITALS),)),
    "vitals-expected": (_with(items=(), live=(), trace=None), (Go(Page.VITALS),)),
    "ecg": (SAMPLE, (Go(Page.ECG),)),
    "photo": (_with(earlier=EARLIER), (Go(Page.PHOTO), HEEL)),
    "photo-live": (_with(earlier=EARLIER, windows=FRAMING), (Go(Page.PHOTO), HEEL, Guide())),
    "photo-zone": (_with(earlier=EARLIER), (Go(Page.PHOTO),)),
    "photo-site": (SAMPLE, (Go(Page.PHOTO), AskZone("head"))),
    "photo-side": (SAMPLE, (Go(Page.PHOTO), AskZone("foot", "heel"))),
    **{name: (_with(**changes), acts) for name, (changes, acts) in OPINION_SCENES.items()},
    **{
        name: (_with(contacts=CONTACTS, dossiers=DOSSIERS, **changes), acts)
        for name, (changes, acts) in CONSENT_SCENES.items()
    },
    **{name: (_with(**changes), acts) for name, (changes, acts) in SETTINGS_SCENES.items()},
    **{name: (_with(**changes), acts) for name, (changes, acts) in ANSWER_SCENES.items()},
    **{name: (_with(**changes), acts) for name, (changes, acts) in DIARY_SCENES.items()},
    "residents-waiting": (_with(movements=2), (Go(Page.RESIDENTS),)),
    "details": (SAMPLE, (Go(Page.DETAILS),)),
    "opinion-asked": (
        _with(items=(*SAMPLE.items, ASKED), contacts=CONTACTS, dossiers=DOSSIERS, consent=AGREED),
        (Go(Page.CALL), ChooseSpecialty("wounds")),
    ),
    "call-waiting": (_with(call=_LOBBY), (Go(Page.CALL),)),
    "call-connected": (_with(call=_TALK), (Go(Page.CALL),)),
    "call-picture": (_with(call=_TALK, windows=SEEN), (Go(Page.CALL),)),
    "call-filled": (_with(call=_TALK, windows=SEEN), (Go(Page.CALL), FillScreen(True))),
    **{name: (_with(**changes), acts) for name, (changes, acts) in STANDING_SCENES.items()},
    "vitals-many": (_with(items=FULL_SET, live=()), (Go(Page.VITALS),)),
    **{name: (_with(**changes), acts) for name, (changes, acts) in TYPED_SCENES.items()},
    **{name: (_with(**changes), acts) for name, (changes, acts) in STAFF_SCENES.items()},
    **{name: (_with(**changes), acts) for name, (changes, acts) in WHOSE_SCENES.items()},
    "sound": (_with(items=FULL_SET), (Go(Page.SOUND),)),
    "appliances": (_with(devices=APPLIANCES), (Go(Page.APPLIANCES),)),
    "appliance": (_with(devices=APPLIANCES), (ShowAppliance("C0:FF:EE:00:00:01"),)),
    "nearby": (_with(devices=APPLIANCES, nearby=NEARBY), (Go(Page.NEARBY),)),
    "passkey": (
        _with(devices=APPLIANCES, nearby=NEARBY, pairing=m.PairingCard(device_id=NEARBY[0].id, state="passkey")),
        (Go(Page.PASSKEY), Key("4"), Key("0"), Key("2")),
    ),
    "ecg-live": (_with(live=()), (Go(Page.ECG),)),
    "ecg-recording": (_with(live=(), strip=RECORDING), (Go(Page.ECG),)),
}


_RUNNING = m.LiveTrace(device="Moniteur ECG", signal="ecg", label="II", hertz=125.0, values=beats(7.0, 125.0), lost=100)
LIVE: Mapping[str, m.LiveTrace] = {"ecg-live": _RUNNING, "ecg-recording": _RUNNING}
"""What runs in a scene, heard after its acts."""
