"""Still pictures."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from edge.domain.body_site import SITES, BodySite, Side


class Encoding(enum.StrEnum):
    """How the JPEG came to be, told in the record."""

    CAMERA_MJPEG = "camera-mjpeg"  # the camera's own bytes
    CAMERA_MJPEG_DHT = "camera-mjpeg-tables-added"  # the same with the Huffman tables it leaves out (T.81 Annex K.3)
    JPEG_Q95 = "jpeg-q95"  # encoded once by the cart, quality 95
    IMPORTED = "imported"  # a file's own bytes


class View(enum.StrEnum):
    OVERVIEW = "overview"
    CLOSE_UP = "close_up"
    DERMOSCOPY = "dermoscopy"
    OTOSCOPY = "otoscopy"


@dataclasses.dataclass(frozen=True, slots=True)
class Shows:
    """What a photo is to show, as a person said it. Raises ValueError for a side of what is not paired (H4)."""

    view: View = View.OVERVIEW
    site: BodySite | None = None
    side: Side | None = None
    intimate: bool = False

    def __post_init__(self) -> None:
        if self.side is not None and (self.site is None or not SITES[self.site].paired):
            raise ValueError("a side is told of a site that has no two sides")

    @classmethod
    def of(cls, view: str, site: str = "", side: str = "", *, intimate: bool = False) -> Shows:
        """Of the words of the enumerations, "" where nobody told it. Raises ValueError for another word."""
        return cls(View(view), BodySite(site) if site else None, Side(side) if side else None, intimate)


@dataclasses.dataclass(frozen=True, slots=True)
class Photo:
    """One still: baseline JPEG bytes, ``width`` x ``height`` pixels.

    ``sharpness`` is the variance of the Laplacian of the grey picture, ``brightness`` its mean, 0 to 255,
    ``overexposed`` the share of its pixels, 0 to 1, that are as good as white. ``site`` is what part of the body it shows and
    ``side`` which of two, None where nobody said it. Raises ValueError for a side of what is not paired (H4).
    """

    jpeg: bytes
    width: int
    height: int
    encoding: Encoding
    view: View
    sharpness: float
    brightness: float
    overexposed: float = 0.0
    site: BodySite | None = None
    side: Side | None = None
    intimate: bool = False

    def __post_init__(self) -> None:
        if self.side is not None and (self.site is None or not SITES[self.site].paired):
            raise ValueError("a side is told of a site that has no two sides")

    @property
    def is_intimate(self) -> bool:
        """Said to be, or of a site of which every picture is."""
        return self.intimate or (self.site is not None and SITES[self.site].intimate)

    @property
    def too_blurred(self) -> bool:
        """Sharp dermoscopy begins at 15; the same pictures blurred by one pixel stay below 6."""
        return self.sharpness < 10.0

    @property
    def too_dark(self) -> bool:
        return self.brightness < 25.0

    @property
    def too_bright(self) -> bool:
        """Well exposed dermoscopy has less than 0.01 of it; what is washed out, more than half."""
        return self.overexposed > 0.25


@dataclasses.dataclass(frozen=True, slots=True)
class Earlier:
    """A photo of the same part of the body of the same resident that was taken before, and under which UIDs it is known.

    ``plain``: there it is a photo as any other, whatever its view.
    """

    item_id: str
    study_uid: str
    series_uid: str
    sop_uid: str
    view: View
    taken: dt.datetime
    plain: bool = False
