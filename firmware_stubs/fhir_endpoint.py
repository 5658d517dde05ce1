"""A small, strict FHIR R4 endpoint on loopback that really keeps what it is sent: PUT and GET of a resource, count, metadata.

https://hl7.org/fhir/R4/http.html. Resources are files (tmp, fsync, rename) and are found again after a restart. What R4 does not
allow (firmware_stubs.fhir_rules) and what refers to something that is not held is refused (422), a resident who is known under
another id as well (409), another version than the one that is held too (412), each with an OperationOutcome.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from firmware_stubs import fhir_rules
from firmware_stubs.fhir_troubles import Trouble, Troubles
from firmware_stubs.pacs import write_durably

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_MIME = "application/fhir+json"
_TAKEN = frozenset({_MIME, "application/json"})
_LARGEST = 32 * 1024 * 1024
"""Bytes of a body: a report as PDF, in base64."""
_LITERAL = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})")

Resource = dict[str, Any]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FhirEndpoint:
    """An asynchronous context manager; ``port`` 0 takes a free one, ``tls`` makes it HTTPS. ``url`` is the FHIR base.

    ``troubles`` befall what is asked of it, and may be set anew at any time.
    """

    def __init__(
        self, folder: Path, port: int = 0, tls: ssl.SSLContext | None = None, troubles: Troubles | None = None
    ) -> None:
        self._tls = tls
        self.troubles = troubles
        self.folder = folder
        self.port = port
        self._runner: web.AppRunner | None = None
        self._lock = asyncio.Lock()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/fhir"

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=_LARGEST, middlewares=[self._befallen])
        application.add_routes(
            [
                web.get("/fhir/metadata", self._metadata),
                web.get("/fhir/{type}", self._search),
                web.get("/fhir/{type}/{id}", self._get),
                web.put("/fhir/{type}/{id}", self._put),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def resources(self) -> dict[tuple[str, str], Resource]:
        """Everything that is held, by type and id."""
        return {
            (path.parent.name, path.stem): json.loads(path.read_bytes())
            for path in sorted(self.folder.glob("*/*.json"))
        }

    @web.middleware
    async def _befallen(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        trouble = self.troubles(request.method, request.path) if self.troubles else None
        if trouble is None:
            return await handler(request)
        await asyncio.sleep(trouble.seconds)
        if trouble.status:
            answer: web.StreamResponse = _outcome(trouble.status, _code_of(trouble), "not now")
            if trouble.retry_after:
                answer.headers["Retry-After"] = trouble.retry_after
        elif trouble.hang_up:
            answer = web.Response(status=500)
        else:
            answer = await handler(request)
        if (trouble.hang_up or trouble.lose_answer) and request.transport is not None:
            request.transport.abort()
        return answer

    async def _metadata(self, _: web.Request) -> web.Response:
        return _answer(
            200,
            {
                "resourceType": "CapabilityStatement",
                "status": "active",
                "date": "2026-01-01",
                "kind": "instance",
                "fhirVersion": "4.0.1",
                "format": ["json"],
                "rest": [{"mode": "server", "resource": [_taken(kind) for kind in fhir_rules.RESOURCES]}],
            },
        )

    async def _search(self, request: web.Request) -> web.Response:
        kind = request.match_info["type"]
        if not _TYPE.fullmatch(kind):
            return _outcome(404, "not-found", "no such type of resource")
        total = len(list((self.folder / kind).glob("*.json")))
        return _answer(200, {"resourceType": "Bundle", "type": "searchset", "total": total})

    async def _get(self, request: web.Request) -> web.Response:
        path = self._path(request)
        if path is None or not path.exists():
            return _outcome(404, "not-found", "no such resource")
        return _answer(200, json.loads(path.read_bytes()))

    async def _put(self, request: web.Request) -> web.Response:
        path = self._path(request)
        if path is None:
            return _outcome(400, "invalid", "no such type, or an id that FHIR does not allow")
        if request.content_type not in _TAKEN:
            return _outcome(415, "not-supported", f"the body is to be {_MIME}")
        try:
            resource = json.loads(await request.read())
        except (ValueError, RecursionError):
            return _outcome(400, "structure", "the body is no JSON")
        named = isinstance(resource, dict) and (resource.get("resourceType"), resource.get("id"))
        if named != (path.parent.name, path.stem):
            return _outcome(400, "invalid", "type and id of the body are not those of the address")
        if wrong := [*fhir_rules.issues(resource), *self._dangling(resource)]:
            return _refused(422, wrong)
        async with self._lock:
            known = json.loads(path.read_bytes()) if path.exists() else None
            if refusal := self._conflict(request, resource, known):
                return refusal
            version = int(known["meta"]["versionId"]) + 1 if known else 1
            resource["meta"] = {
                **resource.get("meta", {}),
                "versionId": str(version),
                "lastUpdated": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            }
            path.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(write_durably, path, json.dumps(resource, ensure_ascii=False).encode())
        return _answer(200 if known else 201, resource)

    def _dangling(self, resource: Resource) -> list[fhir_rules.Issue]:
        """What it refers to by address and that is not held here."""
        found = []
        for reference in sorted(set(_references(resource))):
            literal = _LITERAL.fullmatch(reference)
            if literal and not (self.folder / literal[1] / f"{literal[2]}.json").exists():
                kind = str(resource["resourceType"])
                found.append(fhir_rules.Issue("not-found", kind, f"resource {reference} not found"))
        return found

    def _conflict(self, request: web.Request, resource: Resource, known: Resource | None) -> web.Response | None:
        wanted, unwanted = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        if wanted is not None and (known is None or wanted != _tag(known)):
            return _outcome(412, "conflict", "another version than the one that is held")
        if unwanted == "*" and known is not None:
            return _outcome(412, "conflict", "it is held already")
        if resource["resourceType"] == "Patient":
            local = _local_numbers(resource)
            for path in (self.folder / "Patient").glob("*.json"):
                if path.stem != resource["id"] and local & _local_numbers(json.loads(path.read_bytes())):
                    return _outcome(409, "duplicate", "this local identifier is that of another resident")
        return None

    def _path(self, request: web.Request) -> Path | None:
        kind, name = request.match_info["type"], request.match_info["id"]
        if not _TYPE.fullmatch(kind) or not _ID.fullmatch(name) or name.startswith("."):
            return None
        return self.folder / kind / f"{name}.json"


def _taken(kind: str) -> Resource:
    """As a CapabilityStatement says it."""
    interactions = [{"code": "read"}, {"code": "update"}]
    return {"type": kind, "interaction": interactions, "versioning": "versioned", "updateCreate": True}


def _answer(status: int, resource: Resource) -> web.Response:
    body = json.dumps(resource, ensure_ascii=False).encode()
    response = web.Response(status=status, body=body, content_type=_MIME)
    if "versionId" in resource.get("meta", {}):
        response.headers["ETag"] = _tag(resource)
    return response


def _tag(resource: Resource) -> str:
    return f'W/"{resource["meta"]["versionId"]}"'


def _outcome(status: int, code: str, what: str) -> web.Response:
    issue = {"severity": "error", "code": code, "diagnostics": what}
    return _answer(status, {"resourceType": "OperationOutcome", "issue": [issue]})


def _refused(status: int, wrong: Sequence[fhir_rules.Issue]) -> web.Response:
    said = [
        {"severity": "error", "code": one.code, "diagnostics": one.what, "expression": [one.where]} for one in wrong
    ]
    return _answer(status, {"resourceType": "OperationOutcome", "issue": said})


def _code_of(trouble: Trouble) -> str:
    return {409: "conflict", 429: "throttled"}.get(trouble.status, "transient")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for held in value.values():
            yield from _references(held)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)


def _local_numbers(patient: Resource) -> set[tuple[str, str]]:
    """System and value of the identifiers that a house gave (PI of HL7 v2 table 0203)."""
    found = set()
    for identifier in patient.get("identifier", []):
        types = identifier.get("type", {}).get("coding", [])
        if any(one.get("code") == "PI" for one in types):
            found.add((str(identifier.get("system")), str(identifier.get("value"))))
    return found
