"""ECG and photo objects: what stands in them, what is refused, and what David Clunie's validator says."""

from __future__ import annotations

import array
import dataclasses
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.patient import IdentityStatus, Ins, Patient
from edge.domain.photo import Photo, View
from edge.domain.waveform import Scale, Waveform
from sync.dicom.building.checks import check
from sync.dicom.building.objects import build
from tests import items
from tests.servers import SOURCE, dciodvfy
from tests.unit.test_jpeg_strip import SECRET, exif, with_segments


def read(item: Item) -> Dataset:
    return pydicom.dcmread(io.BytesIO(build(item, SOURCE)))


def refusal(item: Item) -> Fault:
    with pytest.raises(Fault) as caught:
        build(item, SOURCE)
    assert caught.value.reason is Reason.OBJECT_INVALID
    assert "\n" not in str(caught.value)
    for trait in (items.PATIENT.birth_name, items.PATIENT.id, items.PATIENT.given_names):
        assert trait not in str(caught.value)
    return caught.value


STEP = Scale(Decimal("2.5"))
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def flat(samples: int, hertz: str = "500", leads: tuple[str, ...] = TWELVE, scale: Scale | None = STEP) -> Item:
    return items.ecg(Waveform(leads, Decimal(hertz), (scale,) * len(leads), bytes(2 * len(leads) * samples)))


def strip(seconds: int = 3, leads: tuple[str, ...] = ("",), hertz: str = "125", scale: Scale | None = None) -> Item:
    """What is recorded of a front end that names no lead and gives no scale."""
    return flat(int(seconds * Decimal(hertz)), hertz, leads, scale)


@pytest.mark.parametrize(
    "make",
    [
        items.ecg,
        lambda: flat(16384, "1000"),
        strip,
        lambda: strip(600, ("I", "II"), scale=Scale(Decimal("0.5"))),
        lambda: strip(600, ("I", "II"), "500", Scale(Decimal("0.5"))),
        lambda: strip(leads=("II", "")),
        items.photo,
        lambda: items.photo(items.drawn_jpeg(grey=True)),
        lambda: items.photo(view=View.DERMOSCOPY),
        lambda: dataclasses.replace(items.photo(), taken=dataclasses.replace(items.photo().taken, clock_trusted=False)),
        lambda: items.of(items.ecg(), dataclasses.replace(items.PATIENT, ins=None, used_name=None)),
    ],
)
def test_a_validator_finds_no_error(make: Callable[[], Item]) -> None:
    assert dciodvfy(build(make(), SOURCE)) == []


def test_the_same_item_gives_the_same_bytes() -> None:
    item = items.ecg()
    assert build(item, SOURCE) == build(item, SOURCE)


def test_an_ecg_holds_the_recording_as_it_is() -> None:
    """Against the file that the recorder wrote: same samples, rate and sensitivity."""
    item = items.ecg()
    dataset = read(item)
    (group,) = dataset.WaveformSequence
    recorded = pydicom.dcmread(str(get_testdata_file("waveform_ecg.dcm"))).WaveformSequence[0]
    assert group.WaveformData == recorded.WaveformData
    assert (group.NumberOfWaveformChannels, group.NumberOfWaveformSamples) == (12, 10000)
    assert (group.SamplingFrequency, group.WaveformSampleInterpretation, group.WaveformBitsAllocated) == (
        1000,
        "SS",
        16,
    )
    for ours, theirs in zip(group.ChannelDefinitionSequence, recorded.ChannelDefinitionSequence, strict=True):
        assert ours.ChannelSensitivity == theirs.ChannelSensitivity == Decimal("1.25")
        assert ours.ChannelSensitivityUnitsSequence[0].CodeValue == "uV"
        # MDC 2:n and SCPECG 5.6.3-9-n number the leads alike
        assert ours.ChannelSourceSequence[0].CodeValue.removeprefix("2:") == theirs.ChannelSourceSequence[
            0
        ].CodeValue.removeprefix("5.6.3-9-")


def test_the_samples_of_a_lead_read_back_by_pydicom_are_microvolts() -> None:
    waveform = Waveform(
        ("I", "aVR"),
        Decimal(500),
        (Scale(Decimal("2.5")), Scale(Decimal("2.5"), Decimal(7))),
        array.array("h", [4, -8, 400, -800]).tobytes(),
    )
    assert read(items.ecg(waveform)).waveform_array(0).tolist() == [[10.0, -13.0], [1000.0, -1993.0]]


@pytest.mark.parametrize(
    ("step", "written"),
    [("2.5", "2.5"), ("0.0012", "0.0012"), (str(Decimal(10_000) / 4095), "2.44200244200244"), ("100", "100")],
)
def test_a_scale_of_endless_digits_is_written_as_exactly_as_it_fits(step: str, written: str) -> None:
    waveform = Waveform(("I",), Decimal(500), (Scale(Decimal(step), Decimal(step)),), bytes(2))
    [channel] = read(items.ecg(waveform)).WaveformSequence[0].ChannelDefinitionSequence
    assert (str(channel.ChannelSensitivity), str(channel.ChannelBaseline)) == (written, written)
    assert abs(Decimal(written) - Decimal(step)) * 32768 < Decimal("1e-6")


def test_a_rate_of_endless_digits_is_written_as_exactly_as_it_fits() -> None:
    waveform = Waveform(("I",), Decimal(1_000_000) / 1953, (Scale(Decimal(1)),), bytes(2))
    assert str(read(items.ecg(waveform)).WaveformSequence[0].SamplingFrequency) == "512.032770097286"


@pytest.mark.parametrize("view", list(View))
def test_a_photo_of_any_view_becomes_an_object(view: View) -> None:
    assert read(items.photo(view=view)).SeriesDescription


def test_names_of_leads_are_read_in_any_capitals() -> None:
    labels = read(flat(10, leads=("AVR", "avl", "v6"))).WaveformSequence[0].ChannelDefinitionSequence
    assert [channel.ChannelLabel for channel in labels] == ["aVR", "aVL", "V6"]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (flat(16385), "16385 samples"),
        (flat(0), "WaveformData|0 samples"),
        (flat(10, "199.9"), "199.9 Hz"),
        (flat(10, "1000.1"), "1000.1 Hz"),
        (flat(10, leads=("I", "V7R")), "none of the twelve"),
        (flat(10, "49.9", ("I",)), "49.9 Hz"),
        (flat(10, "1000.1", ("I",)), "1000.1 Hz"),
        (flat(10, "100", tuple("" for _ in range(13))), "13 channels"),
        (flat(10, "200", tuple("" for _ in range(25))), "25 channels"),
        (items.photo(b"\x89PNG"), "not a JPEG"),
        (items.blood_pressure(), "not sent as a DICOM object"),
        (items.of(items.ecg(), dataclasses.replace(items.PATIENT, id="")), "PatientID"),
        (items.of(items.ecg(), dataclasses.replace(items.PATIENT, id="7" * 65)), "PatientID"),
        (items.of(items.ecg(), dataclasses.replace(items.PATIENT, given_names="X" * 70)), "PatientName"),
    ],
)
def test_what_the_standard_does_not_allow_waits_for_a_person(item: Item, words: str) -> None:
    assert any(word in str(refusal(item)) for word in words.split("|"))


@pytest.mark.parametrize(
    ("leads", "hertz", "sop_class", "words"),
    [
        (TWELVE, "500", "1.2.840.10008.5.1.4.1.1.9.1.1", "ECG 12 dérivations"),
        (("I", "II", *TWELVE[6:]), "500", "1.2.840.10008.5.1.4.1.1.9.1.1", "ECG 12 dérivations"),
        (("I", "II"), "200", "1.2.840.10008.5.1.4.1.1.9.1.2", "ECG 2 dérivations"),
        (("I",), "199.9", "1.2.840.10008.5.1.4.1.1.9.1.3", "ECG 1 dérivation"),
        (("",), "50", "1.2.840.10008.5.1.4.1.1.9.1.3", "ECG 1 dérivation"),
    ],
)
def test_the_class_of_an_object_is_that_of_its_leads_and_rate(
    leads: tuple[str, ...], hertz: str, sop_class: str, words: str
) -> None:
    dataset = read(flat(10, hertz, leads))
    assert dataset.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID == sop_class
    assert (dataset.SeriesDescription, dataset.Modality) == (words, "ECG")


@pytest.mark.hazard("H15", without="tests.controls_strip:a_scale_is_made_up")
def test_a_lead_without_a_scale_has_none_in_the_object_and_says_so() -> None:
    (group,) = read(strip()).WaveformSequence
    (channel,) = group.ChannelDefinitionSequence
    assert channel.get("ChannelStatus") == "UNCALIBRATED"
    assert "ChannelSensitivity" not in channel
    assert "ChannelSensitivityUnitsSequence" not in channel
    (source,) = channel.ChannelSourceSequence
    assert (source.CodeValue, source.CodingSchemeDesignator) == ("2:0", "MDC")
    assert (group.SamplingFrequency, group.NumberOfWaveformSamples) == (125, 375)


def test_the_own_checks_believe_no_half_of_a_scale() -> None:
    for change in ("ChannelSensitivity", "ChannelBaseline", "ChannelSensitivityUnitsSequence"):
        dataset = read(flat(10))
        del dataset.WaveformSequence[0].ChannelDefinitionSequence[3][change]
        with pytest.raises(Fault, match=change):
            check(dataset)
    dataset = read(flat(10))
    dataset.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelStatus = "UNCALIBRATED"
    with pytest.raises(Fault, match="said to have none"):
        check(dataset)


@pytest.mark.parametrize("hertz", ["200", "1000"])
def test_the_limits_of_the_sampling_frequency_are_allowed(hertz: str) -> None:
    assert read(flat(10, hertz)).WaveformSequence[0].SamplingFrequency == Decimal(hertz)


@pytest.mark.parametrize("keyword", ["PatientID", "StudyInstanceUID", "WaveformSequence", "AcquisitionDateTime"])
def test_the_own_checks_miss_nothing_that_must_be_there(keyword: str) -> None:
    dataset = read(items.ecg())
    check(dataset)
    del dataset[keyword]
    with pytest.raises(Fault, match=keyword):
        check(dataset)


def test_a_photo_holds_the_camera_s_own_bytes() -> None:
    item = items.photo()
    dataset = read(item)
    assert isinstance(item.payload, Photo)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    assert frame.rstrip(b"\0") == item.payload.jpeg.rstrip(b"\0")
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.50"
    assert dataset.PhotometricInterpretation == "YBR_FULL_422"
    assert (dataset.Rows, dataset.Columns) == (240, 320)
    assert (dataset.LossyImageCompression, dataset.LossyImageCompressionMethod) == ("01", "ISO_10918_1")


def test_a_photo_leaves_without_its_place() -> None:
    content = build(items.photo(with_segments(items.drawn_jpeg(), exif(1))), SOURCE)
    assert SECRET not in content


def test_whose_it_is() -> None:
    dataset = read(items.ecg())
    assert dataset.PatientID == "IPP-0042"
    assert dataset.IssuerOfPatientID == "EHPAD Les Tilleuls"
    assert dataset.PatientName == "DŒUVRE^MARIE-ÈVE ANNE"
    assert dataset.PatientBirthName == "L'HÉRITIER^MARIE-ÈVE ANNE"
    assert (dataset.PatientBirthDate, dataset.PatientSex) == ("19310203", "F")
    (other,) = dataset.OtherPatientIDsSequence
    (authority,) = other.IssuerOfPatientIDQualifiersSequence
    assert (other.PatientID, other.TypeOfPatientID) == ("255081416802538", "TEXT")
    assert (authority.UniversalEntityID, authority.UniversalEntityIDType) == ("1.2.250.1.213.1.4.8", "ISO")


@pytest.mark.parametrize("status", [status for status in IdentityStatus if status is not IdentityStatus.QUALIFIED])
def test_the_ins_of_an_identity_that_is_not_qualified_stays_here(status: IdentityStatus) -> None:
    patient = dataclasses.replace(items.PATIENT, status=status, ins=Ins("255081416802538", "1.2.250.1.213.1.4.8"))
    item = items.of(items.ecg(), patient)
    assert "OtherPatientIDsSequence" not in read(item)
    assert b"255081416802538" not in build(item, SOURCE)


def test_a_name_cannot_bring_more_components_or_values() -> None:
    patient: Patient = dataclasses.replace(items.PATIENT, used_name=None, birth_name="A^B\\C=D\nE", given_names="F")
    assert str(read(items.of(items.ecg(), patient)).PatientName) == "A B C D E^F"


def test_which_round_it_belongs_to() -> None:
    item = items.photo()
    dataset = read(item)
    assert dataset.StudyInstanceUID == item.encounter.study_uid
    assert dataset.SeriesInstanceUID == item.series_uid
    assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID == item.sop_uid
    assert dataset.AccessionNumber == item.encounter.accession_number
    assert (dataset.Manufacturer, dataset.SoftwareVersions) == ("telecart", "0.1.0")
    assert (dataset.ManufacturerModelName, dataset.DeviceSerialNumber) == ("UVC", "camera")


def test_a_study_over_a_clock_change_keeps_one_offset() -> None:
    """In Paris 29 March 2026 goes from 01:59 to 03:00; a round that began before ends after."""
    item = items.ecg()
    late = dataclasses.replace(item.taken, utc=dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC))
    dataset = read(dataclasses.replace(item, taken=late))
    assert (dataset.StudyDate, dataset.StudyTime[:6]) == ("20260329", "003000")
    assert (dataset.AcquisitionDateTime[:14], dataset.TimezoneOffsetFromUTC) == ("20260329023000", "+0100")


def test_a_doubtful_clock_is_told_where_every_viewer_shows_it() -> None:
    item = items.ecg()
    doubtful = dataclasses.replace(item, taken=dataclasses.replace(item.taken, clock_trusted=False))
    assert "heure à vérifier" in read(doubtful).SeriesDescription
    assert "heure" not in read(item).SeriesDescription


def test_the_serial_number_that_the_device_says_stands_in_the_object() -> None:
    assert read(dataclasses.replace(items.ecg(), serial_number="SN 0042")).DeviceSerialNumber == "SN 0042"
    assert read(items.ecg()).DeviceSerialNumber == items.ecg().device.id
