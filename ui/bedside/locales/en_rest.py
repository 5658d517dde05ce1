"""The English of the frame, of who is in front of the nurse, and of the pages that have no module of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Name, Quality


class EnglishRest:
    # --- the frame
    demonstration = "DEMONSTRATION - invented data"
    leave_demonstration = "F10 or Ctrl+C: leave the demo"
    old = "old value"
    bar: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"home": "HOME", "vitals": "VITAL SIGNS", "ecg": "ECG", "photo": "PHOTO", "call": "CALL"}
    )
    in_call = "● Call under way"
    at_the_door = "● A specialist is waiting"
    nothing_waits = "Nothing to send"
    last_proof = "Received {}"

    # --- who
    nobody = "No resident chosen"
    nobody_hint = "Touch the resident's room. Without a resident a reading is nobody's."
    used = "used: {}"
    room = "Room {}"
    no_room = "Room not told"
    no_birth_date = "date of birth not told"
    identity: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "provisoire": "Provisional identity",
            "recuperee": "INS retrieved",
            "validee": "Validated identity",
            "qualifiee": "INS qualified",
        }
    )
    no_identity = "Identity status not told"
    sex: ClassVar[Mapping[str, str]] = MappingProxyType({"F": "Woman", "M": "Man"})
    no_sex = "Sex not told"
    allergies = "Allergies: "
    allergies_unknown = "Allergies: not told"
    allergies_none = "No known allergy"
    see_all = "{} - touch to read all"
    close = "CLOSE"
    details_title = "Identity and allergies in full"

    # --- choosing
    choose_title = "Who is in front of you?"
    everyone = "All"
    floor = "Floor {}"
    homonym = "⚠ SAME NAME"
    no_residents = "The list of residents is empty: “telecart residents import” loads it."
    release = "LEAVE THIS RESIDENT"
    ask_her = "“Tell me your name and your date of birth”"
    attest = "If the person cannot answer: the room, and a second mark that you attest."
    it_is: ClassVar[Mapping[str, str]] = MappingProxyType({"F": "IT IS HER", "M": "IT IS HIM"})
    it_is_them = "IT IS THIS PERSON"
    not_them = "NO, CHANGE"

    # --- home
    home_vitals = "VITAL SIGNS"
    home_ecg = "ECG"
    home_photo = "PHOTO"
    home_call = "CALL AND OPINION"
    home_sound = "LISTEN"
    home_change = "CHANGE RESIDENT"
    nothing_yet = "Nothing yet"
    call_hint = "Video, telephone, opinion"
    change_hint = "Every reading is kept already"

    # --- vital signs
    names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Name.MEAN_ARTERIAL_PRESSURE: "Mean BP",
            Name.HEIGHT: "Height",
            Name.BMI: "BMI",
            Name.BODY_FAT: "Body fat",
            Name.MUSCLE_PERCENTAGE: "Muscle",
            Name.MUSCLE_MASS: "Muscle mass",
            Name.BODY_WATER_MASS: "Water",
            Name.FAT_FREE_MASS: "Fat-free mass",
        }
    )
    beside = "{} {} {}"
    came = "came {}"
    measured_at = "measured {}, by the device's clock"
    units: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "mm[Hg]": "mmHg",
            "Cel": "°C",
            "[degF]": "°F",
            "[lb_av]": "lb",
            "[in_i]": "in",
            "kg/m2": "kg/m²",
            "Ohm": "Ω",
            "{ACVPU}": "ACVPU",
            "L/min": "l/min",
        }
    )
    typed_units: ClassVar[Mapping[str, str]] = MappingProxyType({"glucose": "g/L"})
    typed_enter = "OK"
    typed_erase = "⌫"
    oxygen_on = "O₂ {}"
    scales: ClassVar[Mapping[str, str]] = MappingProxyType({Name.PAIN: "/10", Name.ALGOPLUS: "/5"})
    score_title = "NEWS2"
    score_page = "NEWS2, {}"
    score_counted = "{} of 7 count"
    score_points: ClassVar[Mapping[int, str]] = MappingProxyType({0: "·", 1: "▪", 2: "▪▪", 3: "▪▪▪"})
    quality: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Quality.NAN: "measurement not possible",
            Quality.NRES: "beyond the device's resolution",
            Quality.POSITIVE_INFINITY: "above the scale",
            Quality.NEGATIVE_INFINITY: "below the scale",
            Quality.RESERVED: "value reserved by the device",
            Quality.MISSING: "not measured",
            Quality.IMPLAUSIBLE: "implausible value",
            Quality.BODY_MOVEMENT: "movement during the measurement",
            Quality.CUFF_LOOSE: "cuff too loose",
            Quality.IRREGULAR_PULSE: "irregular pulse, says the device",
            Quality.PULSE_OUT_OF_RANGE: "pulse beyond the device's limits",
            Quality.IMPROPER_POSITION: "wrong position",
            Quality.SENSOR_OFF: "sensor off",
            Quality.LOW_PERFUSION: "weak signal",
            Quality.LOW_SIGNAL: "signal too weak",
            Quality.SEARCHING: "searching for the pulse",
            Quality.ARTIFACT: "disturbed signal",
            Quality.ABOVE_RANGE: "above the device's range",
            Quality.BELOW_RANGE: "below the device's range",
            Quality.SAMPLE_INSUFFICIENT: "drop too small",
            Quality.STRIP_ERROR: "change the strip",
            Quality.AMBIENT_TEMPERATURE: "device too warm or too cold",
            Quality.INTERRUPTED: "measurement interrupted",
            Quality.DEVICE_FAULT: "fault of the device",
            Quality.BATTERY_LOW: "device's battery low",
            Quality.DEVICE_CLOCK_UNSET: "device's clock not set",
            Quality.UNAUTHENTICATED: "device unknown to the cart",
            Quality.FROM_STORAGE: "read from the device's memory",
            Quality.DEMONSTRATION: "the device's demonstration",
            Quality.TEST_DATA: "the device's test data",
            Quality.TYPED: "typed by hand",
            Quality.CONFIRMED: "unusual, confirmed",
        }
    )

    # --- ecg
    ecg_title = "ECG"
    ecg_expected_hint = "Start the recording on the electrocardiograph: it comes by itself."
    ecg_lead = "Lead {}"
    ecg_caption = "Signal check - do not interpret"
    ecg_scale = "{seconds} s wide · 1 mV mark at the left"
    ecg_no_trace = "The trace of this recording is not here yet."
    ecg_no_scale = "{seconds} s wide · amplitude WITHOUT scale: the device does not say it"
    ecg_beginning = "beginning of a trace of {seconds} s · {rest}"
    strip_start = "RECORD 10 s"
    strip_stop = "STOP · {}"
    strip_ending = "TRACE ENDS · {}"
    strip_status = "● Trace recorded: {}"
    strip_caption = "Live trace, signal check - do not interpret, kept as it comes"
    live_pleth = "SpO₂"
    live_respiration = "Resp"
    ecg_live = "▸ LIVE TRACE"
    ecg_live_caption = "Live trace, signal check - do not interpret, not kept"
    ecg_live_no_scale = "{seconds} s wide · amplitude WITHOUT scale: this device does not say it"
    ecg_live_scale = "{seconds} s wide · 1 mV mark at the left · baseline recentred · a gap is lost signal"
    photo_done = "{} ✓"

    # --- sound
    sound_title = "Stethoscope"
    sound_take = "RECORD A SOUND ({} s)"
    sound_running = "RECORDING…  {} s"
    sound_hint = "Put the chestpiece on, keep silent, then touch RECORD."
    sound_asked = "The sound is being recorded: do not move the chestpiece."
    sound_taken_title = "Sounds recorded"
    sound_none = "No sound yet"
    sound_sources: ClassVar[Mapping[str, str]] = MappingProxyType({"stethoscope": "Stethoscope", "voice": "Voice"})
    sound_title_of = "{} · {} s"

    # --- bar codes
    scan_unknown = "Code read: it names no resident of the list. Choose the room."
    scan_same = "Code read: it is the resident who is on the screen already."

    # --- call
    call_title = "Teleconsultation"
    consent_no = "[   ]  "
    consent_yes = "[ ✓ ]  "
    consent_first = "First touch the resident's agreement."
    call_start = "CALL"
    call_admit = "LET IN"
    call_end = "HANG UP"
    call_opening = "Opening the waiting room…"
    call_lobby = "Waiting room open: give this address to the specialist."
    call_waiting = "A specialist is at the door."
    call_admitted = "Specialist let in: the connection is being made…"
    call_connected = "In conversation"
    call_ended = "The call is over."
    call_failed = "The call did not succeed."
    call_address = "Address"
    call_pin = "Code"
    call_frames = "pictures sent"
    call_numbers = "sendings of vital signs"

    # --- outbox
    outbox_title = "What leaves the cart"
    outbox_oldest = "The oldest has been waiting for {}."
    outbox_empty = "Nothing is waiting."
    outbox_last = "Last proven reception {}."
    outbox_never = "No proven reception yet."
    outbox_person = "To correct: call the person in charge of the cart, nothing is lost."
    outbox_withdrawn = "Undone and withdrawn from sending: {}"
    outbox_unassigned = "Readings without a resident"
    outbox_quarantined = "Unreadable frames that are kept"

    faults_of_the_cart: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            Reason.CALL: "The call cannot do that now: look at the screen, hang up first if need be.",
            Reason.CAMERA: "The camera does not answer: wait a few seconds and try again.",
            Reason.SOUND: "The recording does not answer: wait a few seconds and try again.",
            Reason.NO_ROOM: "Refused: the disk is nearly full. Tell the support.",
        }
    )

    def fault(self, fault: Fault) -> str:
        """By its reason: what the cart says beside it is French."""
        known: Mapping[str, str] = getattr(self, "faults")  # noqa: B009
        words = known.get(fault.reason) or self.faults_of_the_cart.get(fault.reason)
        return words or f"The cart refused ({fault.reason.value})."

    def born(self, sex: str, date: str, years: int | None) -> str:  # noqa: ARG002
        return f"Born {date}" if years is None else f"Born {date} ({years} years)"

    def date(self, date: dt.date) -> str:
        return f"{date:%d/%m/%Y}"

    def moment(self, text: str) -> str:
        """``15/06/2024 at 17:17`` of an ISO 8601 time; any other text as it is."""
        try:
            return f"{dt.datetime.fromisoformat(text):%d/%m/%Y at %H:%M}"
        except ValueError:
            return text

    def number(self, decimal: str) -> str:
        return decimal

    def kept_seconds(self, count: int) -> str:
        return f"{count} s kept"

    def others(self, count: int) -> str:
        return f"and {count} more"

    def photos(self, count: int) -> str:
        return f"{count} photo{'s' if count > 1 else ''}"

    def sounds(self, count: int) -> str:
        return f"{count} sound{'s' if count > 1 else ''}"

    def to_correct(self, count: int) -> str:
        return f"{count} to correct"

    def to_send(self, count: int) -> str:
        return f"↑ {count} to send"

    def unassigned(self, count: int) -> str:
        return f"{count} reading{'s' if count > 1 else ''} without a resident"

    def whose_at(self, at: dt.datetime) -> str:
        return f"{at:%d/%m %H:%M}"
