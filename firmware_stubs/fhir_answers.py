"""A FHIR R4 server on loopback that has answers: searches by ``based-on`` and ``_lastUpdated``, paged (https://hl7.org/fhir/R4/search.html)."""

from __future__ import annotations

import datetime as dt
import json
import ssl
from typing import Any, Self

from aiohttp import web

Resource = dict[str, Any]


class FhirAnswering:
    """An asynchronous context manager. ``put`` writes a resource as a specialist's software would; ``page`` is how many a page has.

    ``asked`` are the searches that came; ``sorts`` whether it does what ``_sort`` asks for;
    ``elsewhere`` is where it sends for its next page, "" for itself.
    """

    def __init__(self, page: int = 2, tls: ssl.SSLContext | None = None) -> None:
        self.page = page
        self.elsewhere = ""
        self.asked: list[str] = []
        self.binaries: dict[str, bytes] = {}
        self.port = 0
        self._tls = tls
        self.sorts = True
        self._held: dict[tuple[str, str], Resource] = {}
        self._version = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/fhir"

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.add_routes([web.get("/fhir/Binary/{id}", self._binary), web.get("/fhir/{type}", self._search)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def put(self, resource: Resource, updated: dt.datetime | None = None) -> None:
        self._version += 1
        at = updated or dt.datetime.now(dt.UTC)
        meta = {"versionId": str(self._version), "lastUpdated": at.isoformat(timespec="milliseconds")}
        self._held[resource["resourceType"], resource["id"]] = {**resource, "meta": meta}

    async def _binary(self, request: web.Request) -> web.Response:
        content = self.binaries.get(request.match_info["id"])
        if content is None:
            return web.Response(status=404)
        return web.Response(body=content, content_type="application/pdf")

    async def _search(self, request: web.Request) -> web.Response:
        self.asked.append(str(request.rel_url))
        kind = request.match_info["type"]
        wanted = set(request.query.get("based-on", "").split(","))
        since = request.query.get("_lastUpdated", "")
        begin = int(request.query.get("at", "0"))
        if since and not since.startswith("ge"):
            return web.Response(status=400)
        found = [
            one
            for (of, _), one in self._held.items()
            if of == kind
            and wanted & {based.get("reference") for based in one.get("basedOn", [])}
            and (not since or _moment(one["meta"]["lastUpdated"]) >= _moment(since[2:]))
        ]
        if request.query.get("_sort") == "_lastUpdated" and self.sorts:
            found.sort(key=lambda one: _moment(one["meta"]["lastUpdated"]))
        bundle: Resource = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"resource": one, "search": {"mode": "match"}} for one in found[begin : begin + self.page]],
        }
        if begin + self.page < len(found):
            base = self.elsewhere or self.url.removesuffix("/fhir")
            to = request.rel_url.update_query(at=str(begin + self.page))
            bundle["link"] = [{"relation": "next", "url": f"{base}{to}"}]
        return web.Response(body=json.dumps(bundle), content_type="application/fhir+json")


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace(" ", "+"))
