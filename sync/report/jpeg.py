"""A JPEG that goes into a document as it is: this process never decodes what a worker made of a stranger's file (T8)."""

from __future__ import annotations

import io

from reportlab.lib.utils import ImageReader

from sync.report.small import Small


class Ready(ImageReader):  # type: ignore[misc]
    """What a canvas asks of a picture, without its pixels: what tells it from others, its size, and its bytes.

    The library's own reader decodes each picture only to name it.
    """

    mode = "RGB"
    _dataA = None  # noqa: N815 - nothing of it is transparent

    def __init__(self, small: Small) -> None:
        self._small = small

    def getRGBData(self) -> bytes:  # noqa: N802 - so it is called
        """Of which the canvas makes a name."""
        return self._small.jpeg

    def getSize(self) -> tuple[int, int]:  # noqa: N802 - so it is called
        return self._small.width, self._small.height

    def jpeg_fh(self) -> io.BytesIO:
        return io.BytesIO(self._small.jpeg)
