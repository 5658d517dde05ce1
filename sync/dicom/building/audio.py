"""Sounds of a stethoscope: General Audio Waveform (PS3.3 A.34.10; modules C.7.4.2, C.10.8, C.10.9).

Samples go in as they are, but for a rate that the class does not allow: those go at the highest that it does, marked as derived.
The cart keeps what was heard.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from pydicom.dataset import Dataset

from edge.domain.identifier import dicom_uid
from edge.domain.item import Item
from edge.domain.sound import Sound, SoundSite, heard
from sync.dicom.building.elements import code, date, put, sequence, time
from sync.dicom.building.modules import Source, common, local

GENERAL_AUDIO = "1.2.840.10008.5.1.4.1.1.9.4.2"

_HIGHEST = 44100
"""Hertz, of one or two channels in one group, SB or SS: A.34.10.4 as the checker of DICOM-Swift has it, written to PS3.3 2026c
(DicomWaveformModules); where the standard's own text was at hand, for other classes of waveforms, it says the same as that one."""

_SOURCES: Mapping[SoundSite, tuple[str, str, str]] = MappingProxyType(
    {
        SoundSite.STETHOSCOPE: ("109115", "Physiological audio signal", "Stéthoscope"),
        SoundSite.VOICE: ("109110", "Voice", "Voix"),
    }
)
"""Code (scheme DCM) and meaning of PS3.16 CID 3000, and what is said of it."""

_CLOCKS = uuid.UUID("a3c1d2e4-7b56-4f0e-9c8d-1f2e3d4c5b6a")
"""The name space of synchronization frames of reference (RFC 9562, 5.5)."""


def build(item: Item, sound: Sound, source: Source) -> Dataset:
    """The data set, explicit VR little endian."""
    value, meaning, description = _SOURCES[sound.source]
    dataset = common(item, source, GENERAL_AUDIO, "AU", 4, description)
    taken = local(item.taken.utc, item, source)
    # nothing was started by a signal, and the cart's clock is that of no other machine: a frame for this study alone
    put(dataset, "SynchronizationFrameOfReferenceUID", dicom_uid(uuid.uuid5(_CLOCKS, item.encounter.study_uid)))
    put(dataset, "SynchronizationTrigger", "NO TRIGGER")
    put(dataset, "AcquisitionTimeSynchronized", "N")
    put(dataset, "ContentDate", date(taken))
    put(dataset, "ContentTime", time(taken))
    put(dataset, "AcquisitionDateTime", date(taken) + time(taken))
    sequence(dataset, "AcquisitionContextSequence")
    sequence(dataset, "WaveformSequence", _group(sound, code(value, "DCM", meaning), description))
    return dataset


def _allowed(sound: Sound) -> Sound:
    if sound.hertz <= _HIGHEST:
        return sound
    from sync.dicom.building.resampling import slower  # it loads numpy, which sync needs for nothing else

    return heard(slower(sound.pcm, sound.hertz, _HIGHEST), _HIGHEST, sound.source)


def _group(as_heard: Sound, what: Dataset, label: str) -> Dataset:
    sound = _allowed(as_heard)
    channel = Dataset()
    put(channel, "ChannelLabel", label)
    sequence(channel, "ChannelSourceSequence", what)
    # no sensitivity: the steps of a microphone are no pascals (C.10.9)
    put(channel, "ChannelStatus", "UNCALIBRATED")
    put(channel, "ChannelSampleSkew", "0")
    put(channel, "WaveformBitsStored", 16)
    if sound is not as_heard:
        put(channel, "ChannelDerivationDescription", f"resampled from {as_heard.hertz} Hz")
    group = Dataset()
    put(group, "WaveformOriginality", "ORIGINAL" if sound is as_heard else "DERIVED")
    put(group, "NumberOfWaveformChannels", 1)
    put(group, "NumberOfWaveformSamples", sound.samples)
    put(group, "SamplingFrequency", str(sound.hertz))
    sequence(group, "ChannelDefinitionSequence", channel)
    put(group, "WaveformBitsAllocated", 16)
    put(group, "WaveformSampleInterpretation", "SS")
    put(group, "WaveformData", sound.pcm)
    group["WaveformData"].VR = "OW"
    return group
