"""The cart's peripherals in words: pure."""

from __future__ import annotations

from edge.door import messages as m
from ui.bedside import views as v
from ui.bedside.locales import Words

NEAR_DBM = -60
"""From this strength on a device is within reach of an arm, as a rule of thumb."""

LONGEST_NAME = 40
"""Characters of a name that a stranger may put on the screen."""


def appliance(card: m.DeviceCard, words: Words, elapsed: float, old: bool) -> v.ApplianceView:
    here = card.connected and not old
    battery = (
        words.appliance_no_battery
        if card.battery_percent is None
        else words.appliance_battery.format(card.battery_percent)
    )
    heard = (
        words.appliance_never_heard
        if card.heard_seconds is None
        else words.appliance_heard.format(words.ago(card.heard_seconds + elapsed))
    )
    said = (
        (words.appliance_maker, card.manufacturer),
        (words.appliance_model, card.model_number),
        (words.appliance_serial, card.serial_number),
        (words.appliance_firmware, card.firmware),
        (words.appliance_identifier, card.id),
    )
    trust = words.appliance_trusted if card.trusted else words.appliance_unknown
    return v.ApplianceView(
        id=card.id,
        label=words.of(card.label, card.label_en),
        state=words.appliance_here if here else words.appliance_away,
        # of a device that was not heard yet nothing is known: not even that it keeps silent about its battery
        summary=f"{battery} · {heard}" if card.wireless and card.heard_seconds is not None else heard,
        trouble=words.of(card.what, card.what_en),
        trusted=card.trusted,
        wireless=card.wireless,
        facts=(*((what, value or words.appliance_not_said) for what, value in said), ("", trust)),
    )


def line(card: m.DeviceCard, words: Words) -> str:
    """In a list of all devices: what it is called, whether it is there, what is wrong with it."""
    here = (words.device_here if card.connected else words.device_gone).format(words.of(card.label, card.label_en))
    return f"{here} - {words.of(card.what, card.what_en)}" if card.what else here


def nearby(card: m.NearbyCard, words: Words) -> v.NearbyView:
    name = card.name if len(card.name) <= LONGEST_NAME else f"{card.name[: LONGEST_NAME - 1]}…"
    distance = words.nearby_near if card.rssi >= NEAR_DBM else words.nearby_far
    return v.NearbyView(
        card.id, words.of(card.label, card.label_en), " · ".join(part for part in (name, distance) if part)
    )


def pairing(card: m.PairingCard, words: Words, old: bool) -> v.PairingView:
    line = words.pairing.get(card.state, "")
    if old or not line:
        return v.PairingView()
    return v.PairingView(
        device_id=card.device_id,
        line=f"{line} {words.of(card.what, card.what_en)}".strip(),
        passkey=card.state == "passkey",
        failed=card.state == "failed",
    )
