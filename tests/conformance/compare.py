"""Where two records of observations differ, and which differences are accepted with their reason."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tests.conformance.caller import Json
from tests.conformance.scenario import Observations


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """``where`` is the step and the keys below it, joined by " / "."""

    where: str
    real: Json
    ours: Json

    def __str__(self) -> str:
        return f"{self.where}: bluetoothd {_short(self.real)}, ours {_short(self.ours)}"


class Absent:
    """Stands for a key that one of the two does not have."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()

ACCEPTED: Mapping[str, str] = MappingProxyType(
    {
        "adapter / properties": "BlueZ is pairable once there is a default agent, ours from the start: nothing pairs before",
        "unbonded / objects( after)? / /service0006/char000c / .*": (
            "BlueZ reads the database hash to know a device that changed; ours discovers anew each time"
        ),
        "unbonded / removed": "BlueZ shows a battery as Battery1 too, which the cart does not use: it reads 0x2A19",
    }
)
"""A regular expression over ``where`` (matched whole), and why it may differ. One that nothing needs is an error."""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def differences(real: Observations, ours: Observations) -> list[Difference]:
    return list(_below("", real.steps, ours.steps))


def _below(where: str, real: object, ours: object) -> Iterator[Difference]:
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in [*real, *(key for key in ours if key not in real)]:
            below = f"{where} / {key}" if where else key
            yield from _below(below, real.get(key, ABSENT), ours.get(key, ABSENT))
    elif real != ours:
        yield Difference(where, real, ours)  # type: ignore[arg-type]


def unaccepted(found: list[Difference]) -> list[Difference]:
    return [one for one in found if not any(re.fullmatch(pattern, one.where) for pattern in ACCEPTED)]


def unneeded(found: list[Difference]) -> list[str]:
    return [pattern for pattern in ACCEPTED if not any(re.fullmatch(pattern, one.where) for one in found)]
