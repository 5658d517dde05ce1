"""IHE_XDM.ZIP (ITI TF-2, 3.32): a report with its metadata, as mail systems of care take it in. Pure: the same report, the same bytes."""

from __future__ import annotations

import html
import io
import zipfile
from typing import Final

from edge.domain.report import EncounterReport, House, Language
from sync.report import metadata, terms

NAME: Final = "IHE_XDM.ZIP"
_SUBSET: Final = "IHE_XDM/SUBSET01"
DOCUMENT: Final = "DOC0001.PDF"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""Of every file in the archive: what was made when stands in the metadata."""


def archive(report: EncounterReport, house: House, pdf: bytes, language: Language) -> bytes:
    """The names are those that ISO 9660 level 1 allows, as the profile asks."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        _put(packed, "INDEX.HTM", _index(house, language))
        _put(packed, "README.TXT", _readme(house))
        _put(packed, f"{_SUBSET}/METADATA.XML", metadata.build(report, house, pdf, DOCUMENT, language))
        _put(packed, f"{_SUBSET}/{DOCUMENT}", pdf)
    return content.getvalue()


def _put(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)


def _index(house: House, language: Language) -> bytes:
    said = html.escape(terms.TITLE[language])
    lines = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.1//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd">',
        f'<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="{language}">',
        f'<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><title>{said}</title></head>',
        f"<body><h1>{said}</h1><p>{html.escape(house.name)}</p>",
        f'<p><a href="{_SUBSET}/{DOCUMENT}">{DOCUMENT}</a></p><p><a href="README.TXT">README.TXT</a></p></body></html>',
    )
    return "\r\n".join(lines).encode()


def _readme(house: House) -> bytes:
    lines = (
        f"{house.name}",
        "",
        "INDEX.HTM                        sommaire / contents",
        f"{_SUBSET}/{DOCUMENT}    compte rendu / report",
        f"{_SUBSET}/METADATA.XML   description (IHE XDM)",
        "",
        f"telecart {house.software}",
        "",
    )
    return "\r\n".join(lines).encode()
