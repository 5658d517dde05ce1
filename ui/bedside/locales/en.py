"""The bedside screen in English: all of its words, here and in the modules beside it. A test finds one that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.body_site import BodySite, Side
from edge.domain.delivery import State
from edge.domain.fault import Reason
from ui.bedside.locales.en_answers import EnglishAnswers
from ui.bedside.locales.en_consent import EnglishConsent
from ui.bedside.locales.en_diary import EnglishDiary
from ui.bedside.locales.en_opinion import EnglishOpinion
from ui.bedside.locales.en_paper import EnglishPaper
from ui.bedside.locales.en_record import EnglishRecord
from ui.bedside.locales.en_relay import EnglishRelay
from ui.bedside.locales.en_rest import EnglishRest
from ui.bedside.locales.en_settings import EnglishSettings
from ui.bedside.locales.en_staff import EnglishStaff
from ui.bedside.locales.en_standing import EnglishStanding
from ui.bedside.locales.en_stills import EnglishStills
from ui.bedside.locales.en_typed import EnglishTyped
from ui.bedside.locales.en_visitor import EnglishVisitor
from ui.bedside.locales.en_whose import EnglishWhose
from ui.bedside.locales.en_windows import EnglishWindows
from ui.bedside.locales.fr import French


class English(
    EnglishAnswers,
    EnglishConsent,
    EnglishDiary,
    EnglishOpinion,
    EnglishRecord,
    EnglishRelay,
    EnglishStaff,
    EnglishPaper,
    EnglishStills,
    EnglishStanding,
    EnglishTyped,
    EnglishVisitor,
    EnglishWhose,
    EnglishWindows,
    EnglishSettings,
    EnglishRest,
    French,
):
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
            Reason.STORE_FULL: "The disk is full: nothing was kept, call the person in charge.",
            Reason.STORE_DAMAGED: "The cart's store is damaged: call the person in charge.",
        }
    )
    refused = "The cart refused: {}"

    # --- what was captured
    undo = "UNDO"
    undo_asked = "Undone: it stays on record as entered in error."
    delivery: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            State.KEPT: "Kept here",
            State.PENDING: "Waiting",
            State.SENT: "Sent",
            State.RECEIVED: "Received",
            State.NEEDS_PERSON: "To correct",
            State.WITHDRAWN: "Withdrawn",
        }
    )

    # --- photo
    photo_views: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"overview": "WIDE VIEW", "close_up": "CLOSE UP", "dermoscopy": "DERMATOSCOPE", "otoscopy": "OTOSCOPE"}
    )
    photo_take = "TAKE"
    photo_not_allowed = "PHOTO: your access does not allow it"
    photo_asked = "Photo asked of the camera…"
    photo_taken_title = "Photos taken"
    photo_none = "No photo yet"
    photo_marked = "INTIMATE"
    photo_intimate = "{}INTIMATE"
    photo_always_intimate = "{}INTIMATE\nalways, here"
    photo_earlier_title = "Earlier photos"
    photo_earlier_of = "Earlier photos: {}"
    photo_earlier_others = "Earlier photos, other sites"
    photo_earlier_where = "The picture is not shown on this screen. It is looked at where it was sent."
    photo_sides: ClassVar[Mapping[str, str]] = MappingProxyType({"R": "right side", "L": "left side"})
    photo_no_side = "side not told"
    photo_no_date = "no date"
    zone_ask = "Which part of the body?"
    zone_ask_in = "{}: where?"
    zone_ask_side = "{}: on which side?"
    zone_side_hint = "The resident's own side, like her left hand: not that of the picture, nor yours."
    zone_sides: ClassVar[Mapping[str, str]] = MappingProxyType(
        {Side.LEFT: "the resident's\nLEFT side", Side.RIGHT: "the resident's\nRIGHT side"}
    )
    zone_none = "SITE NOT TOLD"
    zone_close = "SEE THE PHOTOS"
    zone_back = "BACK"
    zone_label = "Site"
    zone_to_choose = "TO CHOOSE"
    zone_untold = "NOT TOLD"
    zone_before = "seen {}"
    regions: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "head": "HEAD, NECK",
            "trunk": "TRUNK",
            "arm": "ARM, HAND",
            "pelvis": "PELVIS",
            "leg": "LEG",
            "foot": "FOOT",
        }
    )
    photo_sites: ClassVar[Mapping[BodySite, str]] = MappingProxyType(
        {
            BodySite.SCALP: "Scalp",
            BodySite.FACE: "Face",
            BodySite.FOREHEAD: "Forehead",
            BodySite.EYE_REGION: "{m} eye region",
            BodySite.CHEEK: "{m} cheek",
            BodySite.NOSE: "Nose",
            BodySite.LIP: "Lip",
            BodySite.MOUTH: "Mouth",
            BodySite.EAR: "{m} ear",
            BodySite.EAR_CANAL: "{m} ear canal",
            BodySite.NECK: "Neck",
            BodySite.SHOULDER: "{m} shoulder",
            BodySite.AXILLA: "{m} armpit",
            BodySite.UPPER_ARM: "{m} upper arm",
            BodySite.ELBOW: "{m} elbow",
            BodySite.FOREARM: "{m} forearm",
            BodySite.HAND: "{m} hand",
            BodySite.FINGER: "{m} hand, finger",
            BodySite.CHEST: "Chest",
            BodySite.BREAST: "{m} breast",
            BodySite.ABDOMEN: "Abdomen",
            BodySite.BACK: "Back",
            BodySite.SACRUM: "Sacrum",
            BodySite.BUTTOCK: "{m} buttock",
            BodySite.HIP: "{m} hip (trochanter)",
            BodySite.GROIN: "{m} groin",
            BodySite.GENITALIA: "Genitalia",
            BodySite.PERINEUM: "Perineum",
            BodySite.ANUS: "Anus",
            BodySite.THIGH: "{m} thigh",
            BodySite.KNEE: "{m} knee",
            BodySite.LOWER_LEG: "{m} lower leg",
            BodySite.OUTER_ANKLE: "{m} outer ankle",
            BodySite.INNER_ANKLE: "{m} inner ankle",
            BodySite.HEEL: "{m} heel",
            BodySite.FOOT: "{m} foot",
            BodySite.TOE: "{m} foot, toe",
        }
    )
    side_words: ClassVar[Mapping[Side | None, tuple[str, str]]] = MappingProxyType(
        {Side.LEFT: ("left", "left"), Side.RIGHT: ("right", "right"), None: ("", "")}
    )
    photo_remarks: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "floue": "blurred: to be retaken",
            "sombre": "too dark: to be retaken",
            "surexposée": "too bright: to be retaken",
        }
    )
    photo_verdicts: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"floue": "BLURRED", "sombre": "TOO DARK", "surexposée": "TOO BRIGHT"}
    )
    photo_advice: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "floue": "Move a little nearer or farther, hold the camera with both hands, then retake.",
            "sombre": "Switch on a lamp or bring it nearer, then retake.",
            "surexposée": "Move the lamp away or avoid the reflection, then retake.",
        }
    )
    photo_retake = "RETAKE"
    photo_keep = "KEEP THIS ONE"

    # --- the locked screen
    locked_title = "Hold out your badge"
    locked_or_code = "or type your number, then OK"
    locked_pin = "{}: type your secret code, then OK"
    locked_first_pin = "{}: choose your secret code (4 to 8 digits), then OK"
    locked_start = "{}: first sign-in. Type the start code that you were given, then OK"
    locked_not_you = "Not you? Hold out your badge."
    entrance: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "wrong_pin": "Wrong secret code: try again.",
            "wait": "Too many tries: wait {seconds} s, then try again.",
            "unknown": "Badge or number unknown to this cart: ask your manager.",
            "not_invited": "First sign-in: hold out your badge, or ask for a start code.",
            "ended": "Your access has ended: ask your manager.",
        }
    )
    locked_erase = "ERASE"
    locked_enter = "OK"
    locked_emergency = "EMERGENCY\ncall without badge"
    locked_goes_on = "A measurement or a call goes on: nothing is lost."
    lock = "LOCK"
    clean = "CLEAN THE SCREEN"
    cleaning_title = "SCREEN BLOCKED FOR CLEANING"
    cleaning_left = "It unblocks by itself in {} s."
    emergency_status = "⚠ Emergency access"
    roles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "infirmier": "Nurse",
            "aide-soignant": "Care assistant",
            "medecin": "Dr",
            "pharmacien": "Pharmacist",
            "admin": "Admin",
        }
    )

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

    def undone(self, count: int) -> str:
        return f"{count} undone"

    def days_ago(self, days: int) -> str:
        return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")

    def site(self, site: BodySite, side: Side | None = None) -> str:
        """``Left heel``; without a side ``Heel``."""
        said = super().site(site, side)
        return said[:1].upper() + said[1:]

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
