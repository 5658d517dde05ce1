"""Where the residents' record tells the cart of its residents: the ``[record]`` of its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Mllp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The cart listens on ``host`` (an address of its own) and ``port``, for nobody but ``callers`` (names or addresses).

    With TLS ``ca`` is whom we believe and ``certificate`` and ``key`` are ours, all in PEM; the caller shows a certificate too.
    ``plain`` allows a line without TLS from another machine; without it there is none (T10). ``patience``: seconds that a message
    may take which has begun.
    """

    host: str
    port: Port
    callers: tuple[str, ...]
    plain: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    patience: Annotated[float, msgspec.Meta(ge=1, le=600)] = 30.0

    def __post_init__(self) -> None:
        if not self.callers:
            raise ValueError("[record.mllp] names in `callers` who may call")
        if self.plain and (self.ca or self.certificate or self.key):
            raise ValueError("TLS and `plain` of [record.mllp] contradict each other")


class Csv(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``folder`` is where the house drops tables of its residents, in the columns of ``telecart residents import``."""

    folder: Path


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The record's movements. Its local identifiers (IPP) are those of the ``issuer`` of ``[site]``."""

    mllp: Mllp | None = None
    csv: Csv | None = None
