"""The Bundle of an item as the cart freezes it, and several in one."""

from __future__ import annotations

from collections.abc import Iterable

from edge.domain.item import Item
from edge.domain.opinion import Opinion
from sync.fhir import canonical
from sync.fhir.canonical import Json, Resource
from sync.fhir.observations import resources
from sync.fhir.requests import service_request


def bundle(item: Item, *, demonstration: bool = False) -> bytes:
    """A Bundle (collection) of the resident and her Observations, or of her and the request for an opinion."""
    build = service_request if isinstance(item.payload, Opinion) else resources
    return _written(build(item, demonstration=demonstration))


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
