"""JSON as the cart freezes it: sorted, and numbers with exactly the digits that were measured."""

from __future__ import annotations

from decimal import Decimal

import msgspec

Json = str | int | bool | Decimal | None | list["Json"] | dict[str, "Json"]
Resource = dict[str, Json]

_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Json) -> bytes:
    return _encoder.encode(value)


def decode(content: bytes) -> Json:
    """Raises ValueError for what is no JSON."""
    decoded: Json = _decoder.decode(content)
    return decoded
