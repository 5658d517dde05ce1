"""``python -m tests.call.bench``: every figure of a call, printed as a table, and written to build/bench-call.json.

Needs root, /dev/net/tun and Chromium. docs/bench-call.md says what is measured and how.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import math
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Error

from tests.call import calls, first_frame
from tests.call.calls import CONDITIONS, SENDERS, Measured
from tests.call.figures import Call
from tests.call.processes import Lines, busy_machine, camera, encoding, lines

OUT = Path("build/bench-call.json")
_CEILING = 2_500_000
"""Bits a second of 720p at most; what aiortc sets itself is not known."""

BUSY = "busy"
"""The condition of a busy machine and a line without bounds."""

_NO_RECONNECT = "a call does not come back by itself yet"

ABSENT = {
    "reconnect_s": _NO_RECONNECT,
}
"""Figures of what the product has not, with that reason."""


class Unmeasured(Exception):
    """Why a figure has no value."""


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """``of`` takes it from the runs of ``condition``; ``peer`` is the same of another sender, for the table."""

    name: str
    must: str
    condition: str
    of: Callable[[Call], float | None]
    against: str | None = None
    """The sender that it is divided by."""


FIGURES = (
    Figure("call_cpu_vs_encode", "<= 1.2", "clean", lambda call: None),
    Figure("call_latency_vs_chromium", "<= 1.0", "clean", lambda call: call.p50, "chromium"),
    Figure("thin_freezes", "0", "thin", lambda call: call.freezes),
    Figure("thin_fps", ">= 27", "thin", lambda call: call.fps),
    Figure("thin_p95_vs_chromium", "<= 1.1", "thin", lambda call: call.p95, "chromium"),
    Figure("thin_ecg_p99_ms", "<= 135", "thin", lambda call: call.ecg_p99),
    Figure("k300_voice_gap_ms", "<= 400", "k300", lambda call: call.voice_gap),
    Figure("k300_ecg_p99_ms", "<= 500", "k300", lambda call: call.ecg_p99),
    Figure("k300_picture_gap_s", "<= 5", "k300", lambda call: call.picture_gap_s),
    Figure("k150_voice_gap_ms", "<= 400", "k150", lambda call: call.voice_gap),
    Figure("k150_ecg_complete", "1.0", "k150", lambda call: call.ecg_complete),
    Figure("k150_picture_gap_s", "<= 10", "k150", lambda call: call.picture_gap_s),
    Figure("reconnect_s", "<= 1.5", "outage", lambda call: None),
    Figure("first_frame_ms", "<= 300", "cart", lambda call: None),
    Figure("busy_fps", ">= 20", BUSY, lambda call: call.fps),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Beside:
    """What no call of ours tells: ``encoding`` alone, in seconds a second; ``first_frames`` of the whole cart, in milliseconds, or why none."""

    encoding: float | None = None
    first_frames: tuple[float, ...] | str = "not run"


Runs = dict[str, dict[str, Measured | str]]
"""By condition and sender: what was measured, or why not."""


def wanted(only: str | None, sender: str) -> list[tuple[str, str]]:
    """The runs, as condition and sender. ``sender`` is the one that the figures are of: it runs first."""
    chosen = [figure for figure in FIGURES if only in {None, figure.name}]
    conditions = dict.fromkeys(figure.condition for figure in chosen if figure.condition in {*CONDITIONS, BUSY})
    order = [sender, *(one for one in SENDERS if one != sender)]
    return [(condition, one) for condition in conditions for one in order]


def value(figure: Figure, runs: Runs, sender: str, beside: Beside) -> float:
    """Of ``sender``. Raises Unmeasured."""
    if figure.name in ABSENT:
        raise Unmeasured(ABSENT[figure.name])
    if figure.name == "first_frame_ms":
        if isinstance(beside.first_frames, str):
            raise Unmeasured(beside.first_frames)
        return statistics.median(beside.first_frames)
    run = runs.get(figure.condition, {}).get(sender, "not run")
    if isinstance(run, str):
        raise Unmeasured(run)
    if figure.name == "call_cpu_vs_encode":
        if run.core is None or not beside.encoding:
            raise Unmeasured("the processor's time of this sender is not known")
        return run.core / beside.encoding
    found = figure.of(run.call)
    if figure.against is not None:
        other = runs[figure.condition].get(figure.against, "not run")
        if isinstance(other, str):
            raise Unmeasured(f"{figure.against}: {other}")
        theirs = figure.of(other.call)
        if not theirs:
            raise Unmeasured(f"{figure.against} showed no picture")
        found = found / theirs if found is not None else None
    if found is None:
        raise Unmeasured("no picture came")
    if not math.isfinite(found):
        raise Unmeasured("infinite: too much never came")
    return found


def summary(figure_names: list[str], runs: Runs, sender: str, beside: Beside) -> dict[str, Any]:
    """What is written: each figure bare, the rest under ``details``."""
    told: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for figure in FIGURES:
        if figure.name not in figure_names:
            continue
        try:
            told[figure.name] = round(value(figure, runs, sender, beside), 3)
        except Unmeasured as exc:
            told[figure.name] = None
            reasons[figure.name] = str(exc)
    told["details"] = {
        "sender": sender,
        "encoding_alone": beside.encoding,
        "first_frames_ms": beside.first_frames,
        "not_measured": reasons,
        "lines": {name: dataclasses.asdict(one) if one else None for name, one in CONDITIONS.items()},
        "runs": {
            condition: {
                one: plain(dataclasses.asdict(run)) if isinstance(run, Measured) else run for one, run in of.items()
            }
            for condition, of in runs.items()
        },
    }
    return told


def plain(told: Any) -> Any:
    """Without what JSON has no word for: infinite becomes null."""
    if isinstance(told, dict):
        return {key: plain(one) for key, one in told.items()}
    if isinstance(told, (list, tuple)):
        return [plain(one) for one in told]
    return None if isinstance(told, float) and not math.isfinite(told) else told


async def run(condition: str, sender: str, between: Lines, ring: Path, seconds: float) -> Measured | str:
    load = busy_machine() if condition == BUSY else contextlib.nullcontext()
    try:
        async with load:
            return await calls.measure(sender, CONDITIONS.get(condition), between, ring, seconds)
    except (RuntimeError, TimeoutError) as exc:
        return f"{type(exc).__name__}: {exc}"


async def measured(only: str | None, sender: str, seconds: float) -> dict[str, Any]:
    runs: Runs = {}
    beside = Beside()
    async with camera() as ring, lines() as between:
        for condition, one in wanted(only, sender):
            print(f"{condition}: {one}", file=sys.stderr, flush=True)
            made = runs.setdefault(condition, {})[one] = await run(condition, one, between, ring, seconds)
            if (condition, one) == ("clean", sender) and only in {None, "call_cpu_vs_encode"}:
                bits = made.about["cart"].get("bits") if isinstance(made, Measured) else None
                alone = await encoding(ring, int(bits or _CEILING), seconds)
                beside = dataclasses.replace(beside, encoding=alone)
    if only in {None, "first_frame_ms"}:
        print("first frame: the whole cart", file=sys.stderr, flush=True)
        beside = dataclasses.replace(beside, first_frames=await _first_frames())
    return summary([figure.name for figure in FIGURES if only in {None, figure.name}], runs, sender, beside)


async def _first_frames() -> tuple[float, ...] | str:
    try:
        return tuple(await first_frame.measure())
    except (RuntimeError, TimeoutError, Error) as exc:
        return f"{type(exc).__name__}: {exc}"


_COLUMNS = (
    ("fps", "fps", "{:.1f}"),
    ("p50", "p50 ms", "{:.0f}"),
    ("p95", "p95 ms", "{:.0f}"),
    ("received_p50", "received p50", "{:.0f}"),
    ("freezes", "freezes", "{}"),
    ("picture_gap_s", "picture gap s", "{:.2f}"),
    ("voice_gap", "voice gap ms", "{:.0f}"),
    ("ecg_p50", "ECG p50", "{:.0f}"),
    ("ecg_p99", "ECG p99", "{:.0f}"),
    ("ecg_complete", "ECG share", "{:.3f}"),
    ("height", "lines", "{}"),
)


def table(told: Mapping[str, Any]) -> str:
    details = told["details"]
    rows = [f"{'figure':26}{'measured':>10}  must"]
    musts = {figure.name: figure.must for figure in FIGURES}
    for name, must in musts.items():
        if name in told:
            shown = "-" if told[name] is None else f"{told[name]:g}"
            rows.append(f"{name:26}{shown:>10}  {must:8}{details['not_measured'].get(name, '')[:110]}".rstrip())
    rows += ["", f"{'run':18}" + "".join(f"{title:>14}" for _, title, _ in _COLUMNS) + f"{'core':>8}{'kbit/s':>8}"]
    for condition, of in details["runs"].items():
        for sender, one in of.items():
            if isinstance(one, str):
                rows.append(f"{condition + ' ' + sender:18}  {one.splitlines()[0][:120]}")
                continue
            cells = [_cell(one["call"][key], form) for key, _, form in _COLUMNS]
            core, bits = _cell(one["core"], "{:.2f}"), _cell(one["bits"] and one["bits"] / 1000, "{:.0f}")
            rows.append(
                f"{condition + ' ' + sender:18}" + "".join(f"{cell:>14}" for cell in cells) + f"{core:>8}{bits:>8}"
            )
    return "\n".join(rows)


def _cell(told: Any, form: str) -> str:
    return "-" if told is None else form.format(told)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-call ARGS=")
    parser.add_argument("--only", choices=[figure.name for figure in FIGURES])
    parser.add_argument("--sender", choices=SENDERS, default="telecart")
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("bench-call makes network namespaces: it needs root", file=sys.stderr)
        return 1
    told = asyncio.run(measured(given.only, given.sender, given.seconds))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n")
    print(table(told))
    return 1 if set(told["details"]["not_measured"]) - set(ABSENT) else 0


if __name__ == "__main__":
    raise SystemExit(main())
