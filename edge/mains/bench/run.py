"""Which figures there are, and how they are told."""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog

from edge.domain.fault import Fault, Reason
from edge.mains.bench.figure import Detail, Figure

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "decode_core_share": "edge.mains.bench.decode",
        "reading_to_saved_ms": "edge.mains.bench.saved",
        "link_recovery_s": "edge.mains.bench.recovery",
    }
)
"""By name, the module whose ``measure`` gives it: imported only when it is asked for."""


def measure(only: str | None, say: Callable[[str], None]) -> dict[str, Detail]:
    """Every figure, or one. Raises Fault(SETTINGS) for a name that is none."""
    if only is not None and only not in FIGURES:
        raise Fault(Reason.SETTINGS, f"no figure is called {only}", f"there are {', '.join(FIGURES)}")
    # what the rooms under measurement have to say is not what is asked for
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found: dict[str, Detail] = {}
    details: dict[str, Detail] = {}
    for name in [only] if only else FIGURES:
        say(f"measuring {name}")
        figure: Figure = importlib.import_module(FIGURES[name]).measure()
        found[name] = figure.value
        details[name] = {"limit": figure.limit, "held": figure.value <= figure.limit, **figure.details}
    return {**found, "details": details}


def as_json(found: Mapping[str, Detail]) -> str:
    return json.dumps(found, indent=2)


def as_lines(found: Mapping[str, Detail]) -> list[str]:
    """One line a figure, with its limit and the peer's figures."""
    details = found["details"]
    assert isinstance(details, Mapping)
    lines = []
    for name, value in found.items():
        about = details.get(name)
        if not isinstance(about, Mapping):
            continue
        lines.append(f"{name:22} {value:<12.4g} limit {about['limit']:<8g} {'held' if about['held'] else 'NOT HELD'}")
        if isinstance(peer := about.get("peer"), Mapping):
            figures = ", ".join(f"{key} {_short(one)}" for key, one in peer.items() if key != "name")
            lines.append(f"{'':22} peer: {peer['name']}: {figures}")
    return lines


def _short(value: Detail) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
