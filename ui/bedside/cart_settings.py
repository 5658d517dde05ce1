"""From what the door said to the page of settings. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from edge.domain.reach import Reach
from edge.door import messages as m
from ui.bedside.locales import Words

_YEAR = 365


@dataclasses.dataclass(frozen=True, slots=True)
class SettingsView:
    """``wrong`` are whole lines in plain words, what is to be done among them; ``facts`` are (what, value) pairs."""

    wrong: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def settings(snapshot: m.Snapshot, words: Words, clock: str, elapsed: float) -> SettingsView:
    return SettingsView(tuple(_wrong(snapshot, words)), tuple(_facts(snapshot, words, clock, elapsed)))


def _wrong(snapshot: m.Snapshot, words: Words) -> Iterator[str]:
    if warning := words.of(snapshot.warning, snapshot.warning_en):
        yield warning
    reach = snapshot.standing.reach
    for name in reach.refusing:
        yield words.settings_trouble_refusing.format(name)
    for name in reach.silent:
        if name not in reach.refusing:
            yield words.settings_trouble_far.format(name)
    if not snapshot.about.clock_trusted:
        yield words.settings_trouble_clock
    if snapshot.waiting.needs_person:
        yield words.settings_trouble_person.format(snapshot.waiting.needs_person)
    for card in snapshot.devices:
        if not card.trusted or (card.what and not card.connected):
            yield words.settings_trouble_device.format(words.of(card.label, card.label_en))


def _facts(snapshot: m.Snapshot, words: Words, clock: str, elapsed: float) -> Iterator[tuple[str, str]]:
    about = snapshot.about
    shown = [_interface(one, words) for one in about.interfaces]
    yield words.settings_network, " · ".join(shown) or words.settings_no_network
    yield words.settings_far_ends, _far_ends(snapshot, words, elapsed)
    yield words.settings_peripherals, _peripherals(snapshot, words)
    right = words.settings_clock_right if about.clock_trusted else words.settings_clock_wrong
    yield words.settings_clock, right.format(clock)
    yield words.settings_disk, _disk(snapshot, words)
    yield words.settings_battery, _battery(snapshot.standing.power, words)
    yield words.settings_version, about.version


def _interface(one: m.InterfaceCard, words: Words) -> str:
    said = (words.settings_up if one.up else words.settings_down).format(one.name)
    return f"{said} {' '.join(one.addresses) or words.settings_no_address}"


def _far_ends(snapshot: m.Snapshot, words: Words, elapsed: float) -> str:
    reach = snapshot.standing.reach
    if not snapshot.about.far_ends:
        return words.settings_no_far_end
    if reach.refusing:
        return words.settings_far_refusing.format(", ".join(reach.refusing))
    if reach.silent:
        return words.settings_far_silent.format(", ".join(reach.silent))
    if reach.state != Reach.ANSWERS or reach.seconds is None:
        return words.settings_far_unknown
    return words.settings_far_answers.format(words.ago(reach.seconds + elapsed))


def _peripherals(snapshot: m.Snapshot, words: Words) -> str:
    unheard = [
        words.of(card.label, card.label_en)
        for card in snapshot.devices
        if card.heard_seconds is None and not card.connected
    ]
    if unheard:
        return words.settings_silent.format(", ".join(unheard))
    return words.settings_heard.format(len(snapshot.devices))


def _disk(snapshot: m.Snapshot, words: Words) -> str:
    if snapshot.disk_free_bytes is None:
        return words.settings_disk_unknown
    free = words.settings_disk_free.format(words.number(f"{snapshot.disk_free_bytes / 1e9:.1f}") + " Go")
    days = snapshot.standing.days_left
    if days is None:
        return free
    return words.settings_disk_long.format(free) if days > _YEAR else words.settings_disk_days.format(free, days)


def _battery(power: m.PowerCard, words: Words) -> str:
    if power.percent is None:
        return words.settings_battery_none
    return words.settings_battery_is.format(
        power.percent, words.settings_plugged if power.plugged else words.settings_unplugged
    )
