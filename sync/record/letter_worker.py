"""``python -m sync.record.letter_worker``: reads letters in a process of its own, without files, network or programs (T7)."""

from __future__ import annotations

import codecs
import io
import zipfile

from edge.foreign.serving import serve
from sync.record import letters

_CHARSETS = ("ascii", "utf-8", "iso-8859-1", "iso-8859-15", "cp1252", "utf-16", "utf-7", "idna")

_PROBE = (
    b"From: =?utf-8?q?A?= <a@example.org>\r\nSubject: =?iso-8859-1?b?6Q==?=\r\nDate: Sun, 22 Nov 2026 08:00:00 +0100\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n"
)


def prepare() -> None:
    """All that is imported later could not be opened any more."""
    for name in _CHARSETS:
        codecs.lookup(name)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as one:
        one.writestr("IHE_XDM/SUBSET01/METADATA.XML", "<a/>")
        one.writestr("IHE_XDM/SUBSET01/A.PDF", "%PDF-1.4")
    letters.read(_PROBE)
    letters.read(b"Content-Type: application/zip\r\n\r\n" + archive.getvalue())


if __name__ == "__main__":
    prepare()
    serve(letters.read)
