"""Switches (see tests/controls.py) of the controls that the readers of files hold."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal

import pytest

from drivers.files import dicom_ecg, edf, jpeg, recording, scp_ecg, scp_huffman
from edge.mains import importing


class _AnyUnit(dict[str, Decimal]):
    def __contains__(self, _unit: object) -> bool:
        return True

    def __missing__(self, _unit: str) -> Decimal:
        return Decimal(1)


def any_unit_is_microvolts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H5: a unit that is not known is taken for µV."""
    known: Mapping[str, Decimal] = edf._MICROVOLTS
    monkeypatch.setattr(edf, "_MICROVOLTS", _AnyUnit(known))


def gaps_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: nobody looks when a data record begins."""
    monkeypatch.setattr(edf, "_refuse_gaps", lambda *_: None)


def every_lead_has_the_scale_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: one gain is taken for all."""
    of_all = recording.waveform
    monkeypatch.setattr(
        edf, "waveform", lambda leads, hertz, scales, samples: of_all(leads, hertz, [scales[0]] * len(leads), samples)
    )


def every_scale_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: an ECG of a thousand volts is one."""
    monkeypatch.setattr(recording, "refuse_impossible", lambda *_: None)
    monkeypatch.setattr(dicom_ecg, "refuse_impossible", lambda *_: None)


def only_codes_name_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    """H16: nobody compares what a lead is called in words."""
    monkeypatch.setattr(dicom_ecg, "_lead_of_title", lambda _title: None)


def dicom_is_parsed_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: nobody walks over a DICOM file before it is parsed."""
    monkeypatch.setattr(dicom_ecg, "check", lambda _data: None)


def pictures_may_be_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """T8: a JPEG may announce as many pixels as it likes."""
    monkeypatch.setattr(jpeg, "MOST_PIXELS", 10**12)


def checksums_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: whatever stands in an SCP-ECG file is believed."""

    class Blind:
        @staticmethod
        def crc_hqx(data: bytes, _start: int) -> _Anything:
            return _Anything()

    monkeypatch.setattr(scp_ecg, "binascii", Blind)


class _Anything:
    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def any_number_of_samples_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """T5: an SCP-ECG file may announce what it likes."""
    monkeypatch.setattr(scp_ecg, "MOST_SAMPLES", 10**12)


def what_is_left_over_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: a stream that holds more samples than are announced is cut."""
    monkeypatch.setattr(scp_huffman, "_SPARE", 10**9)


def leads_may_begin_when_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """H15: leads that were recorded one after another are shown as if at once."""
    body = scp_ecg._leads

    def together(data: bytes) -> object:
        first = data[2:10]
        rows = [data[2 + 9 * i : 11 + 9 * i] for i in range(data[0])]
        return body(data[:2] + b"".join(first + row[8:] for row in rows))

    monkeypatch.setattr(scp_ecg, "_leads", together)


def every_file_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """H11: nothing tells a file that is here from another."""
    numbers = itertools.count()
    monkeypatch.setattr(importing, "identity_of", lambda *_: f"file {next(numbers)}")


def anybodys_recording_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a file that another resident has counts as brought in."""

    async def here(self: importing._Importer, identity: str) -> bool:
        return bool(await self._ledger.holders(identity))

    monkeypatch.setattr(importing._Importer, "_is_here", here)
