"""Photo objects: which class, which part of the body, how they lie, and what the own checks refuse."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import Collection

from edge.domain.body_site import SITES, BodySite, Side
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import Kind
from edge.domain.photo import Encoding, Photo, View
from edge.store.keeping import rows
from sync.dicom.building.checks import check
from sync.dicom.building.objects import build
from sync.dicom.pictures import turning
from tests import items
from tests.servers import SOURCE, dciodvfy
from tests.unit.test_jpeg_strip import SECRET, exif, phone_photo, segment, with_segments

DMS, ES, XC = (f"1.2.840.10008.5.1.4.1.1.77.1.{number}" for number in (7, 1, 4))


def of_site(
    site: BodySite | None, side: Side | None = None, view: View = View.CLOSE_UP, *, intimate: bool = False
) -> Item:
    item = items.photo(view=view)
    assert isinstance(item.payload, Photo)
    return dataclasses.replace(item, payload=dataclasses.replace(item.payload, site=site, side=side, intimate=intimate))


def read(item: Item, *, plain: bool = False) -> Dataset:
    return pydicom.dcmread(io.BytesIO(build(item, SOURCE, plain=plain)))


def asymmetric_chart(*options: int, grey: bool = False) -> bytes:
    """Every quarter has another colour, so that no turn or mirror leaves it alike; its sides are no whole blocks."""
    picture = np.zeros((36, 52, 3), np.uint8)
    picture[:18, :26] = (250, 250, 250)
    picture[:18, 26:] = (200, 40, 40)
    picture[18:, :26] = (40, 200, 40)
    picture[18:, 26:] = (40, 40, 120)
    done, encoded = cv2.imencode(".jpg", picture[:, :, 1] if grey else picture, list(options))
    assert done
    return encoded.tobytes()


@pytest.mark.parametrize(
    ("view", "sop_class", "modality"),
    [
        (View.OVERVIEW, XC, "XC"),
        (View.CLOSE_UP, XC, "XC"),
        (View.DERMOSCOPY, DMS, "DMS"),
        (View.OTOSCOPY, ES, "ES"),
    ],
)
def test_the_class_of_a_photo_is_that_of_its_view(view: View, sop_class: str, modality: str) -> None:
    dataset = read(items.photo(view=view))
    assert dataset.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID == sop_class
    assert dataset.Modality == modality


@pytest.mark.parametrize("view", list(View))
def test_where_a_destination_takes_no_special_class_a_photo_is_a_photo(view: View) -> None:
    item = items.photo(view=view)
    dataset = read(item, plain=True)
    assert (dataset.SOPClassUID, dataset.Modality) == (XC, "XC")
    assert "RecognizableVisualFeatures" not in dataset
    assert dataset.SeriesDescription == read(item).SeriesDescription
    assert dciodvfy(build(item, SOURCE, plain=True)) == []


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize(
    ("site", "side"),
    [(None, None), (BodySite.SACRUM, None), (BodySite.HEEL, None), (BodySite.HEEL, Side.LEFT)],
)
def test_a_validator_finds_no_error(view: View, site: BodySite | None, side: Side | None) -> None:
    assert dciodvfy(build(of_site(site, side, view), SOURCE)) == []


def test_what_the_dermatoscope_does_not_tell_is_there_and_empty() -> None:
    dataset = read(items.photo(view=View.DERMOSCOPY))
    for keyword in (
        "LightSourcePolarization",
        "EmitterColorTemperature",
        "ContactMethod",
        "OpticalMagnificationFactor",
    ):
        assert dataset[keyword].is_empty
    assert "ImmersionMedia" not in dataset
    assert dataset.RecognizableVisualFeatures == "YES"
    assert (dataset.Manufacturer, dataset.ManufacturerModelName, dataset.DeviceSerialNumber) == (
        "telecart",
        "UVC",
        "camera",
    )


def test_a_dermoscopy_s_frame_of_reference_is_its_series_own() -> None:
    one, other = items.photo(view=View.DERMOSCOPY), items.photo(view=View.DERMOSCOPY)
    frames = [read(item).FrameOfReferenceUID for item in (one, one, other)]
    assert frames[0] == frames[1] != frames[2]
    assert frames[0] not in {one.sop_uid, one.series_uid, one.encounter.study_uid}


# --- the part of the body


@pytest.mark.hazard("H4", without="tests.controls_objects:no_side_is_told")
@pytest.mark.parametrize(("side", "value", "word"), [(Side.LEFT, "L", "gauche"), (Side.RIGHT, "R", "droite")])
def test_the_site_and_side_stand_in_the_object(side: Side, value: str, word: str) -> None:
    dataset = read(of_site(BodySite.HEEL, side))
    regions = dataset.get("AnatomicRegionSequence") or ()
    assert [(region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning) for region in regions] == [
        ("84607009", "SCT", "Skin of heel")
    ]
    assert dataset.ImageLaterality == value
    assert dataset.SeriesDescription == f"Photo, gros plan, Talon, {word}"


@pytest.mark.parametrize(
    ("site", "series", "image"), [(None, "", None), (BodySite.HEEL, "", None), (BodySite.SACRUM, None, "U")]
)
def test_a_side_that_nobody_told_is_empty_and_one_that_is_none_is_said_to_be(
    site: BodySite | None, series: str | None, image: str | None
) -> None:
    dataset = read(of_site(site))
    assert (dataset.get("Laterality"), dataset.get("ImageLaterality")) == (series, image)


@pytest.mark.parametrize("site", [None, BodySite.SACRUM])
def test_what_has_no_sides_gets_none(site: BodySite | None) -> None:
    with pytest.raises(ValueError, match="no two sides"):
        of_site(site, Side.LEFT)


def test_every_site_is_in_the_table_with_a_code_of_dicom_s_own_lists() -> None:
    """Against the context groups that pydicom takes from PS3.16."""
    known: dict[str, str] = {}
    for group in (4029, 4031, 4040):
        members = Collection(f"CID{group}")
        codes = [getattr(members, name) for name in dir(members) if name[0].isupper()]
        known |= {one.value: one.meaning for one in codes if one.scheme_designator == "SCT"}
    assert set(SITES) == set(BodySite)
    assert {site.code: site.english for site in SITES.values()}.items() <= known.items()
    assert len({site.code for site in SITES.values()}) == len(SITES)
    assert len({site.french for site in SITES.values()}) == len(SITES)
    assert {BodySite.BREAST, BodySite.BUTTOCK, BodySite.GENITALIA, BodySite.ANUS} <= {
        site for site, what in SITES.items() if what.intimate
    }


@pytest.mark.parametrize("item", [of_site(BodySite.GROIN), of_site(BodySite.ABDOMEN, intimate=True)])
def test_an_intimate_picture_says_so_before_it_is_opened(item: Item) -> None:
    dataset = read(item)
    assert dataset.SeriesDescription.endswith(", image intime")
    assert dataset.ImageComments.startswith("image intime")

    assert dataset.ConfidentialityConstraintOnPatientDataDescription == "image intime"


def test_a_picture_that_is_not_intimate_does_not() -> None:
    assert b"intime" not in build(of_site(BodySite.ABDOMEN), SOURCE)


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("clock_trusted", [True, False])
def test_what_a_viewer_must_show_has_room_of_every_site(view: View, clock_trusted: bool) -> None:
    for site, what in SITES.items():
        for side in (Side.LEFT, Side.RIGHT, None) if what.paired else (None,):
            item = of_site(site, side, view, intimate=True)
            item = dataclasses.replace(item, taken=dataclasses.replace(item.taken, clock_trusted=clock_trusted))
            said = read(item).SeriesDescription
            assert len(said.encode()) <= 64
            words = [
                what.french,
                "image intime",
                *([] if side is None else [{"L": "gauche", "R": "droite"}[side.value]]),
            ]
            assert all(word in said for word in words)
            assert ("heure" in said) is not clock_trusted


def test_the_store_keeps_site_and_side() -> None:
    photo = of_site(BodySite.HEEL, Side.LEFT, intimate=True).payload
    assert isinstance(photo, Photo)
    text, _, _ = rows.payload_columns(photo, "blob")
    assert rows.payload(Kind.PHOTO, text, None, photo.jpeg) == photo


def test_rows_of_before_there_were_sites_have_none() -> None:
    text = (
        '{"jpeg":"","width":320,"height":240,"encoding":"camera-mjpeg","view":"close_up","sharpness":140.0,'
        '"brightness":120.0,"overexposed":0.0}'
    )
    assert rows.payload(Kind.PHOTO, text, None, b"x") == Photo(
        b"x", 320, 240, Encoding.CAMERA_MJPEG, View.CLOSE_UP, 140.0, 120.0
    )


# --- how it lies


@pytest.mark.hazard("H4", without="tests.controls_objects:pictures_lie_as_they_came")
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_that_was_held_otherwise_stands_upright_in_its_object(orientation: int) -> None:
    """Against OpenCV's own reading of the mark."""
    jpeg = with_segments(asymmetric_chart(), exif(orientation))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert shown is not None
    dataset = read(items.photo(jpeg))
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert (dataset.Rows, dataset.Columns, dataset.PhotometricInterpretation) == (*shown.shape[:2], "RGB")
    assert np.array_equal(dataset.pixel_array, shown)
    assert (dataset.LossyImageCompression, dataset.LossyImageCompressionMethod) == ("01", "ISO_10918_1")


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_grey_one_too(orientation: int) -> None:
    jpeg = with_segments(asymmetric_chart(grey=True), exif(orientation))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    dataset = read(items.photo(jpeg))
    assert dataset.PhotometricInterpretation == "MONOCHROME2"
    assert np.array_equal(dataset.pixel_array, shown)


@pytest.mark.parametrize("view", list(View))
def test_a_validator_finds_no_error_in_what_was_turned(view: View) -> None:
    content = build(items.photo(with_segments(asymmetric_chart(), exif(6)), view), SOURCE)
    assert dciodvfy(content) == []
    assert SECRET not in content


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("orientation", range(1, 9))
def test_nothing_that_a_telephone_tells_of_place_or_owner_leaves(view: View, orientation: int) -> None:
    """In no form of the object: as it is, turned, or as a photo like any other."""
    item = items.photo(phone_photo(orientation, asymmetric_chart()), view)
    for plain in (False, True):
        content = build(item, SOURCE, plain=plain)
        assert SECRET not in content
        assert b"Exif" not in content
        assert dciodvfy(content) == []


def test_an_upright_photo_is_never_decoded() -> None:
    jpeg = asymmetric_chart()
    assert jpeg in build(items.photo(with_segments(jpeg, exif(1))), SOURCE)


def test_a_colour_profile_is_told_beside_the_pixels_that_lose_it() -> None:
    profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"profile!")
    for orientation in (1, 8):
        dataset = read(items.photo(with_segments(asymmetric_chart(), exif(orientation), profile)))
        assert dataset.ICCProfile == b"profile!"
    odd = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"profile")
    assert read(items.photo(with_segments(asymmetric_chart(), odd))).ICCProfile.rstrip(b"\0") == b"profile"


@pytest.mark.hazard("T8", without="tests.controls_objects:pictures_are_decoded_here")
def test_a_picture_is_decoded_by_a_worker_that_can_do_nothing_else() -> None:
    turning.sandbox.cache_clear()
    assert not turning.sandbox().confined
    build(items.photo(with_segments(asymmetric_chart(), exif(6))), SOURCE)
    assert turning.sandbox().confined


def test_a_picture_that_its_decoder_gives_up_is_one_object_that_waits() -> None:
    whole = with_segments(asymmetric_chart(), exif(6))
    scan = whole.index(b"\xff\xda") + 4
    # tables that are none for each of its components
    damaged = whole[:scan] + whole[scan : scan + 8].replace(b"\x11", b"\x77") + whole[scan + 8 :]
    assert damaged != whole
    with pytest.raises(Fault, match="damaged") as caught:
        build(items.photo(damaged), SOURCE)
    assert caught.value.reason is Reason.OBJECT_INVALID
    assert "turn the picture" in caught.value.do
    assert read(items.photo(whole)).Rows == 52


def test_a_turned_photo_that_announces_too_many_pixels_is_refused_undecoded() -> None:
    jpeg = bytearray(with_segments(asymmetric_chart(), exif(6)))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = bytes((0xFF, 0xFF, 0xFF, 0xFF))
    with pytest.raises(Fault, match="50 million") as caught:
        build(items.photo(bytes(jpeg)), SOURCE)
    assert caught.value.reason is Reason.OBJECT_INVALID


# --- the own checks


def broken(change: Callable[[Dataset], None], item: Item | None = None) -> str:
    dataset = read(item or of_site(BodySite.HEEL, Side.LEFT, View.DERMOSCOPY))
    check(dataset)
    change(dataset)
    with pytest.raises(Fault) as caught:
        check(dataset)
    assert caught.value.reason is Reason.OBJECT_INVALID
    return caught.value.what


@pytest.mark.parametrize(
    "keyword",
    [
        *("RecognizableVisualFeatures", "LightSourcePolarization", "EmitterColorTemperature", "ContactMethod"),
        *("OpticalMagnificationFactor", "FrameOfReferenceUID", "PositionReferenceIndicator", "DeviceSerialNumber"),
        *("ManufacturerModelName", "SoftwareVersions", "PixelRepresentation", "PlanarConfiguration", "PixelData"),
        *("LossyImageCompressionRatio", "PatientOrientation", "AcquisitionContextSequence"),
    ],
)
def test_the_own_checks_miss_nothing_that_must_be_there(keyword: str) -> None:
    assert keyword in broken(lambda dataset: dataset.__delitem__(keyword))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        *(("PatientSex", "X"), ("ImageLaterality", "LEFT"), ("RecognizableVisualFeatures", "MAYBE")),
        *(("ContactMethod", "TOUCH"), ("LightSourcePolarization", "YES"), ("BurnedInAnnotation", "N")),
    ],
)
def test_the_own_checks_know_the_values(keyword: str, value: str) -> None:
    assert keyword in broken(lambda dataset: setattr(dataset, keyword, value))


def test_the_own_checks_know_what_depends_on_what() -> None:
    assert "Modality" in broken(lambda dataset: setattr(dataset, "Modality", "XC"))
    assert "ImmersionMedia" in broken(lambda dataset: setattr(dataset, "ContactMethod", "CONTACT"))
    assert "touched" in broken(lambda dataset: setattr(dataset, "ImmersionMedia", "WATER"))
    assert "twice" in broken(lambda dataset: setattr(dataset, "Laterality", "L"))
    assert "not of what" in broken(lambda dataset: dataset.__delitem__("AnatomicRegionSequence"))
    assert "CodeMeaning" in broken(lambda dataset: dataset.AnatomicRegionSequence[0].__delitem__("CodeMeaning"))
    assert "more than one" in broken(
        lambda dataset: dataset.AnatomicRegionSequence.append(dataset.AnatomicRegionSequence[0])
    )
    assert "colours" in broken(lambda dataset: setattr(dataset, "PhotometricInterpretation", "MONOCHROME2"))
    turned = items.photo(with_segments(asymmetric_chart(), exif(6)))
    assert "rows" in broken(lambda dataset: setattr(dataset, "Rows", dataset.Rows + 1), turned)
