"""Photos of other cameras, as files."""

from __future__ import annotations

from drivers.files import jpeg
from drivers.models.model import FileModel, Sure

JPEG = FileModel(
    name="jpeg",
    label="Photo",
    label_en="Photo",
    facts="ITU-T T.81 annex B; public dermoscopy pictures of the ISIC archive",
    sure=Sure.CONFIRMED,
    recognises=jpeg.recognises,
    parse=jpeg.read,
    prepare=jpeg.prepare,
)
