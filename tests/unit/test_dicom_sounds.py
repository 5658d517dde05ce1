"""Sound objects."""

from __future__ import annotations

import io
from collections.abc import Callable

import pydicom
import pytest
from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.sound import Sound, SoundSite
from sync.dicom.checks import check
from sync.dicom.objects import build
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


def test_a_sound_that_is_faster_than_the_class_allows_waits_for_a_person() -> None:
    with pytest.raises(Fault, match="48000 Hz") as caught:
        read(48000)
    assert caught.value.reason is Reason.OBJECT_INVALID


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
    assert "16 bits" in refused(
        lambda dataset: setattr(dataset.WaveformSequence[0], "WaveformSampleInterpretation", "MB")
    )
    assert "SynchronizationTrigger" in refused(lambda dataset: setattr(dataset, "SynchronizationTrigger", "NONE"))
