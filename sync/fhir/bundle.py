"""The Bundle of an item as the cart freezes it, and several in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.domain.item import Item, Report
from edge.domain.opinion import Opinion
from edge.domain.report import House
from sync.fhir import canonical
from sync.fhir.canonical import Json, Resource
from sync.fhir.documents import report_resources
from sync.fhir.observations import resources
from sync.fhir.patient import NO_OIDS
from sync.fhir.requests import service_request


def bundle(
    item: Item, *, demonstration: bool = False, oids: Mapping[str, str] = NO_OIDS, house: House | None = None
) -> bytes:
    """A Bundle (collection) of the resident and her Observations, of her and the request for an opinion, or of her and the
    report of an encounter, which needs the ``house`` where it was made.

    ``oids`` are those of issuers of local identifiers, by their names. Raises Fault(OBJECT_INVALID | MISSING_PROGRAM).
    """
    if isinstance(item.payload, Report) and house is not None:
        return _written(report_resources(item, house, demonstration=demonstration, oids=oids))
    build = service_request if isinstance(item.payload, Opinion) else resources
    return _written(build(item, demonstration=demonstration, oids=oids))


def opened(content: bytes) -> list[Resource]:
    """The resources of a Bundle that was written here."""
    found = canonical.decode(content)
    assert isinstance(found, dict)
    entries = found["entry"]
    assert isinstance(entries, list)
    held: list[Resource] = []
    for entry in entries:
        assert isinstance(entry, dict)
        resource = entry["resource"]
        assert isinstance(resource, dict)
        held.append(resource)
    return held


def joined(bundles: Iterable[bytes]) -> bytes:
    """One Bundle of all, each resource once: what comes last is what holds."""
    by_name = {(str(one["resourceType"]), str(one["id"])): one for content in bundles for one in opened(content)}
    return _written(sorted(by_name.values(), key=lambda one: one["resourceType"] != "Patient"))


def _written(held: Iterable[Resource]) -> bytes:
    entries: list[Json] = [{"resource": resource} for resource in held]
    return canonical.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})
