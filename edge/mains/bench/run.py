"""Which figures there are, and how they are told."""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog

from edge.domain.fault import Fault, Reason
from edge.mains.bench.figure import Detail, Figure, Unmeasured

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "decode_core_share": "decode:measure",
        "reading_to_saved_ms": "saved:measure",
        "link_recovery_s": "recovery:measure",
        "admit_to_screen_ms": "record_admit:measure",
        "save_vs_fdatasync": "store_save:measure",
        "save_flushes": "store_flushes:measure",
        "photo_vs_raw": "store_photo:measure",
        "ecg_write_amplification": "store_stream:amplification",
        "wal_peak_mb": "store_stream:wal_peak",
        "claim_growth": "store_growth:claim",
        "drain_growth": "store_growth:drain",
        "latest_vitals_us": "store_million:latest",
        "open_to_ready_ms": "store_million:opening",
        "store_memory_mb": "store_million:memory",
        "photo_to_dicom_ms": "send_freeze:photo",
        "ecg_to_dicom_ms": "send_freeze:ecg",
        "send_small_vs_storescu": "send_speed:small",
        "send_large_vs_storescu": "send_speed:large",
        "send_small_nodelay_vs_storescu": "send_speed:small_nodelay",
        "send_large_nodelay_vs_storescu": "send_speed:large_nodelay",
        "send_cpu_vs_storescu": "send_speed:cpu",
        "send_peak_mb": "send_memory:measure",
        "report_pdf_ms": "report_pdf:measure",
        "tap_to_screen_p95_ms": "ui_pages:tap_to_screen",
        "ui_first_paint_ms": "ui_pages:first_paint",
        "rhythm_core_share": "ui_signals:rhythm",
        "traces13_core_share": "ui_signals:traces13",
        "sample_to_cell_ms": "ui_signals:sample_to_cell",
        "ui_rss_mb": "ui_burden:memory",
        "ui_growth_mb": "ui_burden:growth",
        "ui_lag_p99_ms": "ui_burden:lag",
        "week_replay_s": "week:measure",
    }
)
"""By name, the module and function that give it: imported only when it is asked for."""


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
        module, _, function = FIGURES[name].partition(":")
        work: Callable[[], Figure] = getattr(importlib.import_module(f"edge.mains.bench.{module}"), function)
        try:
            figure = work()
        except Unmeasured as exc:
            details[name] = {"not_measured": str(exc)}
            continue
        found[name] = figure.value
        details[name] = {"limit": figure.limit, "held": figure.held, **figure.details}
    return {**found, "details": details}


def as_json(found: Mapping[str, Detail]) -> str:
    return json.dumps(found, indent=2)


def as_lines(found: Mapping[str, Detail]) -> list[str]:
    """One line a figure, with its limit and the peer's figures."""
    details = found["details"]
    assert isinstance(details, Mapping)
    lines = []
    for name, about in details.items():
        assert isinstance(about, Mapping)
        if (why := about.get("not_measured")) is not None:
            lines.append(f"{name:30} not measured: {why}")
            continue
        value = found[name]
        lines.append(f"{name:30} {value:<12.4g} limit {about['limit']:<8g} {'held' if about['held'] else 'NOT HELD'}")
        if isinstance(peer := about.get("peer"), Mapping):
            figures = ", ".join(f"{key} {_short(one)}" for key, one in peer.items() if key != "name")
            lines.append(f"{'':30} peer: {peer['name']}: {figures}")
    return lines


def _short(value: Detail) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
