"""A small FHIR R4 endpoint on loopback that really keeps what it is sent: PUT and GET of a resource, count, metadata.

https://hl7.org/fhir/R4/http.html. Resources are files (tmp, fsync, rename) and are found again after a restart.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import ssl
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from firmware_stubs.pacs import write_durably

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_MIME = "application/fhir+json"

Resource = dict[str, Any]


class FhirEndpoint:
    """An asynchronous context manager; ``port`` 0 takes a free one, ``tls`` makes it HTTPS. ``url`` is the FHIR base."""

    def __init__(self, folder: Path, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.folder = folder
        self.port = port
        self._runner: web.AppRunner | None = None
        self._lock = asyncio.Lock()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/fhir"

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=4 * 1024 * 1024)
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
                "rest": [{"mode": "server"}],
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
        try:
            resource = json.loads(await request.read())
        except ValueError:
            return _outcome(400, "structure", "the body is no JSON")
        named = isinstance(resource, dict) and (resource.get("resourceType"), resource.get("id"))
        if named != (path.parent.name, path.stem):
            return _outcome(400, "invalid", "type and id of the body are not those of the address")
        async with self._lock:
            known = json.loads(path.read_bytes()) if path.exists() else None
            version = int(known["meta"]["versionId"]) + 1 if known else 1
            resource["meta"] = {
                **resource.get("meta", {}),
                "versionId": str(version),
                "lastUpdated": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            }
            path.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(write_durably, path, json.dumps(resource, ensure_ascii=False).encode())
        return _answer(200 if known else 201, resource)

    def _path(self, request: web.Request) -> Path | None:
        kind, name = request.match_info["type"], request.match_info["id"]
        if not _TYPE.fullmatch(kind) or not _ID.fullmatch(name) or name.startswith("."):
            return None
        return self.folder / kind / f"{name}.json"


def _answer(status: int, resource: Resource) -> web.Response:
    return web.Response(status=status, body=json.dumps(resource, ensure_ascii=False).encode(), content_type=_MIME)


def _outcome(status: int, code: str, what: str) -> web.Response:
    issue = {"severity": "error", "code": code, "diagnostics": what}
    return _answer(status, {"resourceType": "OperationOutcome", "issue": [issue]})
