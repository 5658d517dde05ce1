"""The DICOMweb side of the embedded PACS, on loopback: STOW-RS, QIDO-RS and WADO-RS of instances (PS3.18 10.4 to 10.6).

What comes this way is kept, checked and found again as what comes by C-STORE.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import ssl
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any, Self

import pydicom
from aiohttp import web
from pydicom.errors import InvalidDicomError

from firmware_stubs import pacs
from firmware_stubs.pacs import CANNOT_UNDERSTAND, STORED, SUCCESS, EmbeddedPacs, Instance

CLASS_NOT_SUPPORTED, SYNTAX_NOT_SUPPORTED = 0x0122, 0xC122
LARGEST_BODY = 512 * 1024 * 1024
JSON = "application/dicom+json"

_TAGS = {
    "SOPClassUID": ("00080016", "UI"),
    "SOPInstanceUID": ("00080018", "UI"),
    "Modality": ("00080060", "CS"),
    "PatientID": ("00100020", "LO"),
    "StudyInstanceUID": ("0020000D", "UI"),
    "SeriesInstanceUID": ("0020000E", "UI"),
}
_NO_ATTRIBUTES = {"includefield", "fuzzymatching", "limit", "offset"}

Entity = dict[str, Any]


class DicomwebSide:
    """An asynchronous context manager over a running PACS; ``port`` 0 takes a free one, ``tls`` makes it HTTPS."""

    def __init__(self, kept: EmbeddedPacs, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.pacs = kept
        self.port = port
        self._tls = tls
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/dicom-web"

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=LARGEST_BODY)
        instances = "/dicom-web/studies/{study}/series/{series}/instances"
        application.add_routes(
            [
                web.post("/dicom-web/studies", self._stow),
                web.post("/dicom-web/studies/{study}", self._stow),
                web.get("/dicom-web/instances", self._qido),
                web.get("/dicom-web/studies/{study}/instances", self._qido),
                web.get(instances, self._qido),
                web.get(instances + "/{instance}", self._wado),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, pacs.LOOPBACK, self.port, ssl_context=self._tls).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _stow(self, request: web.Request) -> web.Response:
        """Store Transaction (10.5): 200 for all, 202 for some, 409 for none."""
        kind, parameters = _content_type(request.headers.get("Content-Type", ""))
        if kind != "multipart/related" or parameters.get("type") != "application/dicom":
            return web.Response(status=415, text="multipart/related of application/dicom only")
        if not _accepts(request, JSON, "application/json"):
            return web.Response(status=406, text=f"{JSON} only")
        try:
            parts = list(_parts(await request.read(), parameters.get("boundary", "")))
        except ValueError as exc:
            return web.Response(status=400, text=str(exc))
        stored: list[Entity] = []
        failed: list[Entity] = []
        for part in parts:
            status, reference = await asyncio.to_thread(self._keep, part, request.match_info.get("study"))
            if status == SUCCESS:
                reference["00081190"] = _attribute("UR", f"{self.url}{_path(reference)}")
                stored.append({tag: one for tag, one in reference.items() if tag not in {"0020000D", "0020000E"}})
            else:
                failed.append(
                    {tag: one for tag, one in reference.items() if tag in {"00081150", "00081155"}}
                    | {"00081197": _attribute("US", status)}
                )
        answer: Entity = {}
        if stored:
            answer["00081199"] = {"vr": "SQ", "Value": stored}
        if failed:
            answer["00081198"] = {"vr": "SQ", "Value": failed}
        return _json(200 if not failed else 202 if stored else 409, answer)

    def _keep(self, part: bytes, study: str | None) -> tuple[int, Entity]:
        try:
            dataset = pydicom.dcmread(io.BytesIO(part), stop_before_pixels=True)
            reference = {
                "00081150": _attribute("UI", str(dataset.SOPClassUID)),
                "00081155": _attribute("UI", str(dataset.SOPInstanceUID)),
                "0020000D": _attribute("UI", str(dataset.StudyInstanceUID)),
                "0020000E": _attribute("UI", str(dataset.SeriesInstanceUID)),
            }
            syntax = dataset.file_meta.TransferSyntaxUID
        except (AttributeError, ValueError, KeyError, EOFError, InvalidDicomError):
            return CANNOT_UNDERSTAND, {}
        if study is not None and str(dataset.StudyInstanceUID) != study:
            return CANNOT_UNDERSTAND, reference
        if str(dataset.SOPClassUID) not in STORED:
            return CLASS_NOT_SUPPORTED, reference
        if syntax not in STORED[str(dataset.SOPClassUID)]:
            return SYNTAX_NOT_SUPPORTED, reference
        return self.pacs.keep(part, dataset, str(dataset.file_meta.MediaStorageSOPInstanceUID)), reference

    async def _qido(self, request: web.Request) -> web.Response:
        """Search Transaction (10.6), instances: single value and list of UID matching."""
        if not _accepts(request, JSON, "application/json"):
            return web.Response(status=406, text=f"{JSON} only")
        wanted = _wanted(request)
        if wanted is None:
            return web.Response(status=400, text="a key that is no attribute of instances here")
        found = [
            {tag: _attribute(vr, _value(one, keyword)) for keyword, (tag, vr) in _TAGS.items()}
            for one in self.pacs.instances()
            if all(_value(one, keyword) in values for keyword, values in wanted.items())
        ]
        return _json(200, found) if found else web.Response(status=204)

    async def _wado(self, request: web.Request) -> web.Response:
        """Retrieve Transaction (10.4), one instance: the file as it is kept, in its own transfer syntax."""
        if not _accepts(request, "multipart/related"):
            return web.Response(status=406, text="multipart/related only")
        uids = request.match_info
        found = [
            one
            for one in self.pacs.instances()
            if (one.study_uid, one.series_uid, one.sop_uid) == (uids["study"], uids["series"], uids["instance"])
        ]
        if not found:
            return web.Response(status=404, text="no such instance")
        boundary = secrets.token_hex(16)
        body = b"".join(
            b"--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n" % (boundary.encode(), one.path.read_bytes())
            for one in found
        )
        kind = f'multipart/related; type="application/dicom"; boundary="{boundary}"'
        return web.Response(body=body + b"--%s--\r\n" % boundary.encode(), headers={"Content-Type": kind})


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    """The contents of a multipart body (RFC 2046 5.1.1). Raises ValueError where it has not the form that is said there."""
    if not 1 <= len(boundary) <= 70:
        raise ValueError("no boundary")
    delimiter = b"--" + boundary.encode("latin-1")
    place = 0 if body.startswith(delimiter) else body.find(b"\r\n" + delimiter) + 2
    if place == 1:
        raise ValueError("no part")
    while True:
        place += len(delimiter)
        if body[place : place + 2] == b"--":
            return
        line = body.find(b"\r\n", place)
        if line < 0 or body[place:line].strip(b" \t"):
            raise ValueError("nothing may follow a delimiter")
        # the line break before a part without headers ends them as well
        head = body.find(b"\r\n\r\n", line)
        end = body.find(b"\r\n" + delimiter, line)
        if head < 0 or end < 0 or head > end:
            raise ValueError("a part without its end")
        kind, _ = _content_type(_header(body[line + 2 : head]).get("Content-Type", "application/dicom"))
        if kind != "application/dicom":
            raise ValueError("a part that is no DICOM file")
        yield body[head + 4 : end]
        place = end + 2


def _header(lines: bytes) -> Mapping[str, str]:
    fields = (line.partition(":") for line in lines.decode("latin-1").split("\r\n"))
    return {name.strip().title(): value.strip() for name, _, value in fields}


def _content_type(text: str) -> tuple[str, dict[str, str]]:
    message = Message()
    message["Content-Type"] = text
    (kind, _), *parameters = message.get_params(failobj=[("", "")])
    return kind.lower(), {name.lower(): value for name, value in parameters}


def _accepts(request: web.Request, *kinds: str) -> bool:
    accepted = request.headers.get("Accept", "*/*")
    return any(_content_type(one)[0] in {*kinds, "*/*"} for one in accepted.split(","))


def _wanted(request: web.Request) -> dict[str, set[str]] | None:
    """By keyword, which values; None for a key that is none here."""
    named = {keyword: keyword for keyword in _TAGS} | {tag: keyword for keyword, (tag, _) in _TAGS.items()}
    wanted: dict[str, set[str]] = {}
    for place, keyword in (("study", "StudyInstanceUID"), ("series", "SeriesInstanceUID")):
        if place in request.match_info:
            wanted[keyword] = {request.match_info[place]}
    for key, value in request.query.items():
        if key in _NO_ATTRIBUTES:
            continue
        if key not in named:
            return None
        values = set(value.replace("\\", ",").split(","))
        wanted[named[key]] = wanted.get(named[key], values) & values
    return wanted


def _value(instance: Instance, keyword: str) -> str:
    return {
        "SOPClassUID": instance.sop_class,
        "SOPInstanceUID": instance.sop_uid,
        "Modality": instance.modality,
        "PatientID": instance.patient_id,
        "StudyInstanceUID": instance.study_uid,
        "SeriesInstanceUID": instance.series_uid,
    }[keyword]


def _path(reference: Entity) -> str:
    study, series, instance = (reference[tag]["Value"][0] for tag in ("0020000D", "0020000E", "00081155"))
    return f"/studies/{study}/series/{series}/instances/{instance}"


def _attribute(vr: str, value: str | int) -> Entity:
    return {"vr": vr, "Value": [value]}


def _json(status: int, body: Entity | list[Entity]) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type=JSON)
