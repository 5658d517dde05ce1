"""The bedside screen in English: the pages about devices, and what is said when the cart does not do what was asked.

Everything that is not here is still said in French.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.fault import Reason
from ui.bedside.locales.fr import French


class English(French):
    # --- the cart itself
    starting = "The cart is starting…"
    restarting = "The cart is restarting… The values on the screen are from before {clock}."
    not_now = "The cart is restarting: try again in a moment."
    not_confirmed = "No answer from the cart: look at the screen, then try again if need be."
    other_version = "The screen and the cart are not of the same version: restart the cart."
    choose_first = "Choose a resident first."
    faults: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Reason.NO_RESIDENT: choose_first,
            Reason.RESIDENT_CHANGED: "The resident changed meanwhile: check who is on the screen.",
            Reason.NOT_ALLOWED: "This is not allowed here.",
            Reason.LINK_LOST: not_confirmed,
            Reason.LINK_REFUSED: not_now,
            Reason.STORE_IO: "The cart could not write: nothing was kept, call the person in charge.",
            Reason.STORE_DAMAGED: "The cart's store is damaged: call the person in charge.",
        }
    )
    refused = "The cart refused: {}"

    # --- devices
    home_appliances = "DEVICES"
    no_devices = "No device connected"
    device_here = "● {}"
    device_gone = "○ {} (not connected)"

    appliances_title = "Devices of the cart"
    appliances_none = "No device yet: touch ADD A DEVICE."
    appliance_add = "ADD A DEVICE"
    appliance_pair = "PAIR"
    appliance_back = "BACK"
    appliance_test = "TEST"
    appliance_forget = "FORGET"
    appliance_forget_sure = "Forget this device? Its readings will be marked as doubtful from then on."
    appliance_forget_yes = "YES, FORGET"
    appliance_forget_no = "NO, KEEP"
    appliance_forgotten = "Device forgotten."
    appliance_test_asked = "Test asked for: keep the device on, near the cart."
    appliance_gone = "This device is not on the list any more."
    appliance_here = "● connected"
    appliance_away = "○ not connected"
    appliance_unknown = "⚠ UNKNOWN to the cart: its readings are marked as doubtful"
    appliance_trusted = "Known to the cart"
    appliance_wired = "On a cable: nothing to pair."
    appliance_battery = "Battery {} %"
    appliance_no_battery = "Battery: the device does not say"
    appliance_heard = "Heard {}"
    appliance_never_heard = "Not heard since the start"
    appliance_maker = "Maker"
    appliance_model = "Model"
    appliance_serial = "Serial number"
    appliance_firmware = "Software"
    appliance_identifier = "Address or line"
    appliance_not_said = "not said"
    appliance_fact = "{}: {}"

    nearby_title = "Which device to add?"
    nearby_hint = "Switch the device on and into pairing mode, less than two metres away."
    nearby_none = "No new device heard yet. The cart is listening…"
    nearby_near = "very near"
    nearby_far = "farther away"

    pairing: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "pairing": "Pairing… keep the device on.",
            "passkey": "Type the six digits that the device shows.",
            "testing": "Testing…",
            "forgetting": "Forgetting…",
            "done": "The device answered.",
            "failed": "The device did not answer as it should.",
        }
    )
    passkey_title = "Digits that the device shows"
    passkey_erase = "ERASE"
    passkey_send = "SEND"
    passkey_sent = "Digits sent to the device."

    def of(self, french: str, english: str) -> str:
        return english or french

    def ago(self, seconds: float) -> str:
        """``2 min ago``; under a minute ``just now``, so that nothing moves without meaning."""
        return "just now" if seconds < 60 else f"{self.lasting(seconds)} ago"

    def lasting(self, seconds: float) -> str:
        minutes = int(seconds // 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        if days:
            return f"{days} d {hours} h" if hours else f"{days} d"
        if hours:
            return f"{hours} h {minutes:02} min"
        return f"{minutes} min" if minutes else "less than a minute"

    def appliances(self, count: int) -> str:
        return f"{count} connected" if count else "None connected"
