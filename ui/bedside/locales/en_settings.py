"""The words of the page of settings and of the two switches, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishSettings:
    other_language = "Français"
    other_theme = "Night"
    theme_day = "Day"

    settings_open = "SETTINGS"
    settings_title = "Settings"
    settings_all_well = "No fault was found."
    settings_wrong = "To look at"
    settings_language = "LANGUAGE\n{}"
    settings_theme = "SCREEN\n{}"
    settings_devices = "DEVICES\nadd, test, forget"
    settings_languages: ClassVar[Mapping[str, str]] = MappingProxyType({"fr": "Français", "en": "English"})
    settings_network = "Network"
    settings_no_network = "no interface in sight"
    settings_up = "{} up"
    settings_down = "{} down"
    settings_no_address = "no address"
    settings_far_ends = "Destinations"
    settings_no_far_end = "none in the settings: nothing leaves"
    settings_far_answers = "all answer, {}"
    settings_far_silent = "does not answer: {}"
    settings_far_refusing = "refuses this cart: {}"
    settings_far_unknown = "no answer yet"
    settings_clock = "Clock"
    settings_clock_right = "{} · set by the network"
    settings_clock_wrong = "{} · NOT CHECKED: the time may be wrong"
    settings_disk = "Disk"
    settings_disk_free = "{} free"
    settings_disk_days = "{} · about {} d at this rate"
    settings_disk_long = "{} · more than a year at this rate"
    settings_disk_unknown = "room not known"
    settings_battery = "Battery"
    settings_battery_none = "mains only"
    settings_battery_is = "{} % · {}"
    settings_plugged = "plugged in"
    settings_unplugged = "on battery"
    settings_version = "Version"
    settings_peripherals = "Devices"
    settings_heard = "{} known, all heard"
    settings_silent = "never heard since the start: {}"
    settings_trouble_clock = "The clock is not checked: connect the network, the time sets itself."
    settings_trouble_far = "{} does not answer: check the network. Nothing is lost, sending goes on by itself."
    settings_trouble_refusing = "{} refuses this cart: call its administrator."
    settings_trouble_person = "{} objects wait for a correction: page TO SEND."
    settings_trouble_device = "{}: check it on the page DEVICES."
