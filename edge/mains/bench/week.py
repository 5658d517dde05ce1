"""week_replay_s: the week of a house of 90 beds, and whether all of it is where it belongs when it is over.

The judge looks at what the record holds, at nothing of ours. The peer is the same readings put into the same record one after
another by a bare HTTP client, with nothing kept, proven or moved.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from edge.domain.opinion import OpinionState
from edge.mains.bench import store_scene
from edge.mains.bench.figure import Figure, Unmeasured
from edge.mains.bench.week_house import BETWEEN, MONDAY, House, Played
from firmware_stubs import house_week
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.fhir_writer import put_one_after_another

LIMIT: Final = 120.0
SEED: Final = 7
_CODES: Final = {"blood_pressure": "85354-9", "spo2": "59408-5", "temperature": "8310-5", "heart_rate": "8867-4"}
"""LOINC."""
_PARTS: Final = ("8480-6", "8462-4", "8478-0")
_REPORT: Final = "85208-7"
_MEASURED_AFTER: Final = dt.timedelta(seconds=50)

Reading = tuple[str, str, str, tuple[float, ...]]
"""Identifier of the resident, LOINC code, the moment, the numbers."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Readings that are not where they belong: ``missing`` at all, ``strange`` ones that nobody measured or that stand under
    somebody else, ``doubled``. Requests ``forgotten``: neither answered in time nor escalated, or answered under the wrong one.
    ``misreported``: rounds with a request of which the record does not hold one report that counts, under her who stands for her."""

    readings: int
    missing: int
    strange: int
    doubled: int
    answered: int
    escalated: int
    forgotten: int
    misreported: int

    @property
    def whole(self) -> bool:
        return not (self.missing or self.strange or self.doubled or self.forgotten or self.misreported)


def judge(plan: house_week.Week, played: Played) -> Verdict:
    expected = collections.Counter(_expected(plan))
    found = collections.Counter(_found(played.resources.values()))
    reported = collections.Counter(_reported(played.resources.values()))
    questions = [one for one in plan.happenings if isinstance(one, house_week.Question)]
    states = collections.Counter(one.stands.state for one in played.opinions.requests)
    answered, escalated = states[OpinionState.ANSWERED], states[OpinionState.TO_CHASE]
    wanted = sum(one.answered is not None for one in questions)
    reports = collections.Counter(plan.stands_for(one.ipp) for one in questions)
    return Verdict(
        readings=sum(found.values()),
        missing=sum((expected - found).values()),
        strange=sum(count for one, count in (found - expected).items() if one not in expected),
        doubled=sum(count for one, count in (found - expected).items() if one in expected),
        answered=answered,
        escalated=escalated,
        forgotten=abs(wanted - answered) + abs(len(questions) - wanted - escalated),
        misreported=((reports - reported) + (reported - reports)).total(),
    )


def _expected(plan: house_week.Week) -> Iterable[Reading]:
    for one in plan.happenings:
        if not isinstance(one, house_week.Round):
            continue
        at = MONDAY + dt.timedelta(minutes=one.at) + _MEASURED_AFTER
        for kind, numbers in one.vitals:
            scale = 10.0 if kind == "temperature" else 1.0
            values = tuple(number / scale for number in numbers)
            yield plan.stands_for(one.ipp), _CODES[kind], at.isoformat(timespec="milliseconds"), values


def _found(resources: Iterable[Mapping[str, Any]]) -> Iterable[Reading]:
    """What counts in the record: not what was marked as entered in error there."""
    held = list(resources)
    whose = _residents(held)
    for one in held:
        if one["resourceType"] != "Observation" or one["status"] == "entered-in-error":
            continue
        code = one["code"]["coding"][0]["code"]
        for each in one["code"]["coding"]:
            if each["code"] in _CODES.values():
                code = each["code"]
        yield whose[one["subject"]["reference"]], code, one["effectiveDateTime"], tuple(_numbers(one))


def _reported(resources: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The local identifier, for each report that counts in the record."""
    held = list(resources)
    whose = _residents(held)
    for one in held:
        if one["resourceType"] != "DocumentReference" or one["status"] != "current":
            continue
        if one["type"]["coding"][0]["code"] == _REPORT:
            yield whose[one["subject"]["reference"]]


def _residents(held: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    """The local identifier, by the address of the Patient."""
    return {
        f"Patient/{one['id']}": next(each["value"] for each in one["identifier"] if each.get("use") == "usual")
        for one in held
        if one["resourceType"] == "Patient"
    }


def _numbers(observation: Mapping[str, Any]) -> Iterable[float]:
    if "valueQuantity" in observation:
        yield float(observation["valueQuantity"]["value"])
        return
    parts = {each["code"]["coding"][0]["code"]: each["valueQuantity"]["value"] for each in observation["component"]}
    for code in _PARTS:
        if code in parts:
            yield float(parts[code])


def replay(
    folder: Path,
    readings: int = house_week.READINGS,
    opinions: int = house_week.OPINIONS,
    between: float = BETWEEN,
) -> tuple[Verdict, Played]:
    plan = house_week.plan(SEED, readings, opinions)

    async def run() -> Played:
        async with House.open(folder, between) as house:
            return await house.play(plan)

    played = asyncio.run(run())
    return judge(plan, played), played


def measure(folder: Path | None = None) -> Figure:
    with store_scene.scratch(folder) as place:
        verdict, played = replay(place / "cart")
        peer = asyncio.run(_bare(place / "peer", verdict.readings))
    if not verdict.whole or played.left or played.waiting or played.refusals:
        raise Unmeasured(f"the week did not end well: {dataclasses.asdict(verdict)}, left: {dict(played.left)}")
    return Figure(
        played.seconds,
        LIMIT,
        {
            **dataclasses.asdict(verdict),
            "peer": {"name": "as many resources put one after another, nothing kept or proven", "seconds": peer},
        },
    )


async def _bare(folder: Path, count: int) -> float:
    async with FhirEndpoint(folder) as record:
        return await put_one_after_another(record.url, count)
