"""The list of components of a release: CycloneDX 1.6 in JSON (ECMA-424). Made by hand: it is a page of plain data.

The wheels' own texts say the licences (core metadata, PEP 639 and before).
"""

from __future__ import annotations

import datetime as dt
import email.parser
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sync.update.locked import Locked

_SPECIFICATION = "1.6"


def made(release: str, version: str, built: dt.datetime, parts: Sequence[Locked], wheels: Mapping[str, Path]) -> bytes:
    """``wheels``: where the wheel of each of ``parts`` lies, by its name."""
    root = f"pkg:pypi/telecart@{version}"
    told: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{_SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": _SPECIFICATION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'telecart:{release}:{[one.sha256 for one in parts]}')}",
        "version": 1,
        "metadata": {
            "timestamp": built.isoformat(),
            "component": {"type": "application", "bom-ref": root, "name": "telecart", "version": version, "purl": root},
        },
        "components": [_component(one, wheels[one.name]) for one in parts],
        "dependencies": [
            {"ref": root, "dependsOn": sorted(_purl(one) for one in parts)},
            *(
                {"ref": _purl(one), "dependsOn": sorted(_purl(other) for other in parts if other.name in one.needs)}
                for one in parts
            ),
        ],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _component(one: Locked, wheel: Path) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(one),
        "name": one.name,
        "version": one.version,
        "purl": _purl(one),
        "hashes": [{"alg": "SHA-256", "content": one.sha256}],
    }
    if licence := _licence(wheel):
        told["licenses"] = [licence]
    if one.url:
        told["externalReferences"] = [{"type": "distribution", "url": one.url}]
    return told


def _licence(wheel: Path) -> dict[str, Any] | None:
    """An SPDX expression where the wheel says one (PEP 639), else its own words, in one line."""
    with zipfile.ZipFile(wheel) as file:
        places = [name for name in file.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA")]
        if not places:
            return None
        said = email.parser.BytesHeaderParser().parsebytes(file.read(places[0]))
    if expression := said.get("License-Expression"):
        return {"expression": str(expression)}
    classifiers = [str(one) for one in said.get_all("Classifier", ()) if str(one).startswith("License ::")]
    words = " ".join(str(said.get("License", "")).split())[:80] or (
        classifiers[0].rpartition(":: ")[2] if classifiers else ""
    )
    return {"license": {"name": words}} if words else None


def _purl(one: Locked) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"
