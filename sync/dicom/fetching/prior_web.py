"""Earlier objects from a DICOMweb server: QIDO-RS finds them, WADO-RS gives them (PS3.18 10.6 and 10.4)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Final

from edge.domain.prior import Claimed
from sync.dicom.fetching.priors import MOST_LISTED, Listed, Study
from sync.dicom.speaking.association import Timeouts
from sync.dicom.speaking.multipart import only_part
from sync.dicom.speaking.qido import Entity, first, refused, searched
from sync.dicom.speaking.web import Web
from sync.tls import Tls

_FILE: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_STUDY, _SERIES, _OBJECT, _CLASS = "0020000D", "0020000E", "00080018", "00080016"
_DAY, _MODALITY = "00080020", "00080060"
_PATIENT, _ISSUER, _BIRTH = "00100020", "00100021", "00100030"
_UID: Final = re.compile(r"[0-9.]{1,64}", re.ASCII)
_WILD: Final = re.compile(r"[*?\\]")
_STUDIES: Final = 200
_ENVELOPE: Final = 4096
"""Bytes around the only part of an answer."""


class WebSource:
    """Implements priors.Source. Raises Fault(SETTINGS) for certificates that cannot be used."""

    def __init__(self, name: str, url: str, tls: Tls | None = None, timeouts: Timeouts | None = None) -> None:
        self.name = name
        self._web = Web(url, timeouts or Timeouts(), tls)

    async def studies(self, patient_id: str, since: dt.date) -> Sequence[Study]:
        if not patient_id or _WILD.search(patient_id):
            # these match other people's identifiers as well (PS3.4 C.2.2.2.4)
            return []
        query = {
            "PatientID": patient_id,
            "StudyDate": f"{since:%Y%m%d}-",
            "includefield": f"{_PATIENT},{_ISSUER},{_BIRTH}",
            "limit": str(_STUDIES),
        }
        found = await self._searched("/studies", query)
        return [
            Study(uid, Claimed(_text(one, _PATIENT), _text(one, _ISSUER), _text(one, _BIRTH)), _text(one, _DAY))
            for one in found
            if (uid := _uid(one, _STUDY))
        ]

    async def objects(self, study_uid: str, modalities: frozenset[str]) -> Sequence[Listed]:
        series = await self._searched(f"/studies/{study_uid}/series", {"includefield": _MODALITY})
        listed: list[Listed] = []
        for one in series:
            uid = _uid(one, _SERIES)
            if not uid or _text(one, _MODALITY) not in modalities:
                continue
            found = await self._searched(f"/studies/{study_uid}/series/{uid}/instances", {"includefield": _CLASS})
            listed += [
                Listed(study_uid, uid, name, _text(instance, _CLASS))
                for instance in found
                if (name := _uid(instance, _OBJECT))
            ]
            if len(listed) >= MOST_LISTED:
                break
        return listed

    async def fetch(self, one: Listed, limit: int) -> bytes | None:
        path = f"/studies/{one.study_uid}/series/{one.series_uid}/instances/{one.sop_uid}"
        async with self._web.session() as session:
            answer = await session.get(path, _FILE, limit=limit + _ENVELOPE)
        if answer.status in {404, 406, 410}:
            return None
        if answer.status != 200:
            raise refused(answer.status, "give back an object that it shows")
        content = None if answer.body is None else only_part(answer.headers.get("Content-Type", ""), answer.body)
        return content if content is not None and len(content) <= limit else None

    async def _searched(self, path: str, query: Mapping[str, str]) -> list[Entity]:
        async with self._web.session() as session:
            return await searched(session, path, query)


def _text(entity: Entity, tag: str) -> str:
    return str(first(entity, tag) or "").strip()


def _uid(entity: Entity, tag: str) -> str:
    """ "" for what may not stand in a path."""
    uid = _text(entity, tag)
    return uid if _UID.fullmatch(uid) else ""
