"""What a reading's columns hold is the reading again, whatever it says or does not say."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
from hypothesis import given, strategies as st

from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit
from edge.store.keeping import rows

quantities = st.builds(Quantity, st.decimals(-999, 999, places=2), st.sampled_from(Unit))
qualities = st.lists(st.sampled_from(Quality), max_size=3).map(tuple)
components = st.builds(
    Component, st.sampled_from(Name), st.none() | quantities, qualities, as_sent=st.none() | quantities
)
times = st.builds(
    DeviceTime, st.integers(1970, 2099), st.integers(1, 12), st.integers(1, 28), st.just(1), st.just(2), st.just(3)
)
readings = st.builds(
    Reading,
    st.sampled_from([Kind.SPO2, Kind.BLOOD_PRESSURE, Kind.WEIGHT]),
    st.lists(components, max_size=4).map(tuple),
    st.binary(max_size=40),
    st.none() | times,
    st.none() | st.integers(0, 65_535),
    st.none() | st.integers(0, 255),
    qualities,
)


@given(readings)
def test_a_reading_comes_out_of_its_columns_as_it_went_in(reading: Reading) -> None:
    text, samples, blob = rows.payload_columns(reading, None)
    assert (samples, blob) == (None, None)
    json.loads(text)
    assert rows.payload(reading.kind, text, None, None) == reading
    # as every release before this one wrote it, and reads it
    assert rows.payload(reading.kind, msgspec.json.encode(reading).decode(), None, None) == reading
    assert msgspec.json.decode(text, type=Reading) == reading


def test_what_says_nothing_is_not_written() -> None:
    plain = Reading(Kind.SPO2, (Component(Name.SPO2, Quantity(Decimal(97), Unit.PERCENT)),), b"\x01")
    text, _, _ = rows.payload_columns(plain, None)
    assert json.loads(text) == {
        "kind": "spo2",
        "components": [{"name": "spo2", "quantity": {"value": "97", "unit": "%"}}],
        "raw": "AQ==",
    }
