"""Sound objects."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from hypothesis import given, strategies as st
from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.sound import Sound, SoundSite, heard
from sync.dicom.building.checks import check
from sync.dicom.building.objects import build
from sync.dicom.building.resampling import slower
from tests import items
from tests.servers import SOURCE


def read(hertz: int = 44100, source: SoundSite = SoundSite.STETHOSCOPE) -> Dataset:
    return pydicom.dcmread(io.BytesIO(build(items.sound(hertz, source), SOURCE)))


def test_a_sound_holds_the_samples_as_they_are() -> None:
    item = items.sound()
    assert isinstance(item.payload, Sound)
    dataset = pydicom.dcmread(io.BytesIO(build(item, SOURCE)))
    assert dataset.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.9.4.2"
    assert (dataset.Modality, dataset.SeriesDescription) == ("AU", "Stéthoscope")
    (group,) = dataset.WaveformSequence
    assert group.WaveformData == item.payload.pcm
    assert (group.NumberOfWaveformChannels, group.NumberOfWaveformSamples) == (1, 44100)
    assert (group.SamplingFrequency, group.WaveformBitsAllocated, group.WaveformSampleInterpretation) == (
        44100,
        16,
        "SS",
    )
    assert dataset.waveform_array(0)[:, 0].tolist()[:3] == [0, 1, 2]


def test_a_microphone_s_steps_are_said_to_have_no_scale() -> None:
    (channel,) = read().WaveformSequence[0].ChannelDefinitionSequence
    assert channel.ChannelStatus == "UNCALIBRATED"
    assert "ChannelSensitivity" not in channel


@pytest.mark.parametrize(("source", "code"), [(SoundSite.STETHOSCOPE, "109115"), (SoundSite.VOICE, "109110")])
def test_what_was_heard_is_coded(source: SoundSite, code: str) -> None:
    (channel,) = read(source=source).WaveformSequence[0].ChannelDefinitionSequence
    (heard,) = channel.ChannelSourceSequence
    assert (heard.CodeValue, heard.CodingSchemeDesignator) == (code, "DCM")


def test_a_clock_that_nobody_shares_is_said_to_be_one() -> None:
    dataset = read()
    assert (dataset.SynchronizationTrigger, dataset.AcquisitionTimeSynchronized) == ("NO TRIGGER", "N")


def test_the_same_item_gives_the_same_bytes() -> None:
    item = items.sound()
    assert build(item, SOURCE) == build(item, SOURCE)


def tone(hertz: float, rate: int, seconds: float = 1.0) -> bytes:
    return (20000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).round().astype("<i2").tobytes()


def middle(pcm: bytes) -> npt.NDArray[np.float64]:
    """Without the begin and the end, where a filter has nothing to go by."""
    return np.frombuffer(pcm, "<i2").astype(np.float64)[1000:-1000]


def test_a_sound_that_is_faster_than_the_class_allows_goes_at_the_highest_rate_that_it_does() -> None:
    item = items.sound()
    item = dataclasses.replace(item, payload=heard(tone(440.0, 48000), 48000, SoundSite.STETHOSCOPE))
    dataset = pydicom.dcmread(io.BytesIO(build(item, SOURCE)))
    (group,) = dataset.WaveformSequence
    assert (group.SamplingFrequency, group.NumberOfWaveformSamples) == (44100, 44100)
    # C.10.9.1.1
    assert group.WaveformOriginality == "DERIVED"
    assert group.ChannelDefinitionSequence[0].ChannelDerivationDescription == "resampled from 48000 Hz"
    assert np.abs(middle(group.WaveformData) - middle(tone(440.0, 44100))).max() <= 2
    assert build(item, SOURCE) == build(item, SOURCE)
    assert (read().WaveformSequence[0].WaveformOriginality, read(8000).WaveformSequence[0].SamplingFrequency) == (
        "ORIGINAL",
        8000,
    )


@pytest.mark.parametrize("hertz", [30.0, 200.0, 1000.0, 8000.0, 18000.0])
def test_what_a_lower_rate_can_hold_stays_as_it_was(hertz: float) -> None:
    assert np.abs(middle(slower(tone(hertz, 48000), 48000, 44100)) - middle(tone(hertz, 44100))).max() <= 2


@pytest.mark.parametrize("hertz", [22100.0, 23000.0, 23900.0])
def test_what_it_cannot_hold_is_gone_and_is_not_heard_as_something_else(hertz: float) -> None:
    assert np.abs(middle(slower(tone(hertz, 48000), 48000, 44100))).max() <= 2


@given(st.integers(0, 5000), st.sampled_from([44100, 16000, 8000, 47999]))
def test_a_sound_at_another_rate_is_as_long_to_half_a_sample(samples: int, to: int) -> None:
    assert abs(len(slower(b"\1\0" * samples, 48000, to)) / 2 - samples * to / 48000) <= 0.5


def test_silence_and_the_loudest_stay_what_they_are() -> None:
    assert set(slower(bytes(9600), 48000, 44100)) == {0}
    for value in (32767, -32768):
        assert set(middle(slower(value.to_bytes(2, "little", signed=True) * 9600, 48000, 44100)).tolist()) == {value}


@pytest.mark.parametrize("to", [0, 48000, 96000])
def test_a_sound_is_never_made_faster(to: int) -> None:
    with pytest.raises(ValueError, match="do not become slower"):
        slower(b"", 48000, to)


def test_the_own_checks_know_the_highest_rate() -> None:
    assert "48000 Hz" in refused(lambda dataset: setattr(dataset.WaveformSequence[0], "SamplingFrequency", "48000"))


def refused(change: Callable[[Dataset], None]) -> str:
    dataset = read()
    check(dataset)
    change(dataset)
    with pytest.raises(Fault) as caught:
        check(dataset)
    assert caught.value.reason is Reason.OBJECT_INVALID
    return caught.value.what


@pytest.mark.parametrize(
    "keyword",
    [
        *("SynchronizationFrameOfReferenceUID", "SynchronizationTrigger", "AcquisitionTimeSynchronized"),
        *("WaveformSequence", "ContentDate", "AcquisitionDateTime", "AcquisitionContextSequence", "SoftwareVersions"),
    ],
)
def test_the_own_checks_miss_nothing_that_must_be_there(keyword: str) -> None:
    assert keyword in refused(lambda dataset: dataset.__delitem__(keyword))


@pytest.mark.parametrize(
    "keyword", ["WaveformOriginality", "SamplingFrequency", "WaveformData", "WaveformBitsAllocated"]
)
def test_nor_in_the_group(keyword: str) -> None:
    assert keyword in refused(lambda dataset: dataset.WaveformSequence[0].__delitem__(keyword))


def test_the_own_checks_know_what_a_sound_is() -> None:
    assert "Modality" in refused(lambda dataset: setattr(dataset, "Modality", "ECG"))
    assert "one group" in refused(lambda dataset: dataset.WaveformSequence.append(dataset.WaveformSequence[0]))
    assert "channels" in refused(lambda dataset: setattr(dataset.WaveformSequence[0], "NumberOfWaveformChannels", 3))
    assert "fill" in refused(lambda dataset: setattr(dataset.WaveformSequence[0], "NumberOfWaveformSamples", 3))
    assert "WaveformSampleInterpretation" in refused(
        lambda dataset: setattr(dataset.WaveformSequence[0], "WaveformSampleInterpretation", "MB")
    )
    assert "SynchronizationTrigger" in refused(lambda dataset: setattr(dataset, "SynchronizationTrigger", "NONE"))
