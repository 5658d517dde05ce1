"""The ECG on the bedside screen: its pixels are measured, and the sixels that a terminal gets are decoded by somebody else's program."""

from __future__ import annotations

import array
import subprocess
from decimal import Decimal
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from edge.domain.waveform import Scale, Waveform
from edge.door.still_messages import LeadScale, WholeEcg
from tests import needs
from ui.drawing import ecg, kitty, letters, sixel, worker
from ui.drawing.messages import Drawn, EcgWanted, PhotoWanted, Space, Way

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
DISPLAYS = {
    "10.1 inches": Space(way=Way.PNG, columns=106, rows=22, cell_width=12, cell_height=24, pixel_mm=0.17),
    "7 inches": Space(way=Way.PNG, columns=80, rows=14, cell_width=10, cell_height=20, pixel_mm=0.19),
    "13.3 inches": Space(way=Way.PNG, columns=120, rows=21, cell_width=16, cell_height=33, pixel_mm=0.153),
}
HERTZ = 500

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(autouse=True, scope="module")
def fonts() -> None:
    letters.prepare()


def wanted(space: Space, gain: float = 10.0, millivolts: float = 1.0, leads: tuple[str, ...] = TWELVE) -> EcgWanted:
    """Every lead stands at 0, and at so many millivolts in the second half of every second; 2.5 µV a step."""
    high = round(millivolts * 1000 / 2.5)
    one = [high if at % HERTZ >= HERTZ // 2 else 0 for at in range(HERTZ * 10)]
    samples = array.array("h", [value for value in one for _ in leads]).tobytes()
    waveform = Waveform(leads, Decimal(HERTZ), (Scale(Decimal("2.5")),) * len(leads), samples)
    return of(waveform, space, gain)


def of(waveform: Waveform, space: Space, gain: float = 10.0) -> EcgWanted:
    return EcgWanted(
        space=space,
        ecg=WholeEcg.of(waveform, "2026-11-20T14:31:05", "ECG"),
        gain=gain,
        page=0,
        who="DUPONT Jeanne",
        when="20/11/2026 14:31:05",
        scale="25 mm/s",
        absent="non enregistrée",
        unscaled="sans échelle",
        outside="le tracé sort du papier : {}",
    )


def ink(asked: EcgWanted) -> tuple[npt.NDArray[np.bool_], ecg.Paper]:
    """Where a line is: shades of more than a half."""
    pixels, paper, _ = ecg.draw(asked)
    return pixels % ecg.SHADES > ecg.SHADES // 2, paper


def runs(line: npt.NDArray[np.bool_]) -> list[float]:
    """The middle of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(a + b - 1) / 2 for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("name", DISPLAYS)
@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
@pytest.mark.hazard("H15", without="tests.controls_stills:a_pulse_of_another_gain")
def test_a_millivolt_is_as_high_as_its_gain_says_in_the_pulse_and_in_the_trace(name: str, gain: float) -> None:
    """Both are measured in pixels, the last row first: nothing of another row lies over it."""
    space = DISPLAYS[name]
    dark, paper = ink(wanted(space, gain, millivolts=0.5))
    baseline = paper.sheet.baseline(len(paper.sheet.rows) - 1) / space.pixel_mm
    middle_of_pulse = round((paper.sheet.pulse + 2.5) / space.pixel_mm)
    reach = round(baseline - gain * 1.2 / space.pixel_mm), round(baseline + 3 / space.pixel_mm)
    (top,) = runs(dark[slice(*reach), middle_of_pulse])
    assert reach[0] + top == pytest.approx(baseline - gain / space.pixel_mm, abs=1.0)
    across = round((paper.sheet.lead_in + 0.75 * 25) / space.pixel_mm)
    (high,) = runs(dark[slice(*reach), across])
    assert reach[0] + high == pytest.approx(baseline - 0.5 * gain / space.pixel_mm, abs=1.0)
    low = runs(dark[slice(*reach), round((paper.sheet.lead_in + 0.25 * 25) / space.pixel_mm)])
    assert reach[0] + low[-1] == pytest.approx(baseline, abs=1.0)


@pytest.mark.parametrize("name", DISPLAYS)
@pytest.mark.hazard("H15", without="tests.controls_stills:every_second_is_longer")
def test_a_second_is_twenty_five_millimetres(name: str) -> None:
    space = DISPLAYS[name]
    dark, paper = ink(wanted(space))
    row = round((paper.sheet.baseline(len(paper.sheet.rows) - 1) - 5.0) / space.pixel_mm)
    edges = [one for one in runs(dark[row]) if one > paper.sheet.lead_in / space.pixel_mm]
    steps = [one * space.pixel_mm - paper.sheet.lead_in for one in edges]
    expected = [12.5 * number for number in range(1, len(steps) + 1)]
    assert len(steps) >= 2 * int(paper.sheet.seconds) - 1
    assert steps == pytest.approx(expected, abs=0.25)


@pytest.mark.parametrize("name", DISPLAYS)
def test_the_grid_is_of_millimetres_and_every_fifth_is_darker(name: str) -> None:
    space = DISPLAYS[name]
    pixels, paper, _ = ecg.draw(wanted(space, leads=("V1",)))
    bottom = round((paper.sheet.top + paper.sheet.height - 1.5) / space.pixel_mm)
    ground = pixels[bottom] // ecg.SHADES
    small = [one for one in np.flatnonzero(ground > 0) * space.pixel_mm if one > 30]
    assert np.diff(small) == pytest.approx(1.0, abs=space.pixel_mm * 1.01)
    assert np.mean(np.diff(small)) == pytest.approx(1.0, abs=0.01)
    large = np.flatnonzero(ground == 2) * space.pixel_mm
    assert np.mean(np.diff(large)) == pytest.approx(5.0, abs=0.02)


@pytest.mark.hazard("H16", without="tests.controls_stills:signs_are_lost")
def test_what_goes_down_is_drawn_down_and_what_is_flat_flat() -> None:
    space = DISPLAYS["10.1 inches"]
    for millivolts, sign in ((-0.5, -1), (0.5, 1), (0.0, 0)):
        dark, paper = ink(wanted(space, millivolts=millivolts))
        baseline = paper.sheet.baseline(len(paper.sheet.rows) - 1)
        column = round((paper.sheet.lead_in + 0.75 * 25) / space.pixel_mm)
        reach = round((baseline - 7) / space.pixel_mm), round((baseline + 7) / space.pixel_mm)
        (at,) = runs(dark[slice(*reach), column])
        assert (reach[0] + at) * space.pixel_mm == pytest.approx(baseline - 5.0 * sign, abs=0.2)


@pytest.mark.hazard("H16", without="tests.controls_objects:a_lead_stands_for_a_missing_one")
def test_a_lead_that_was_not_recorded_has_an_empty_place_and_a_word() -> None:
    space = DISPLAYS["10.1 inches"]
    leads = tuple(lead for lead in TWELVE if lead != "V2")
    pixels, paper, _ = ecg.draw(wanted(space, leads=leads))
    assert paper.missing == ("V2 : non enregistrée",)
    place = next(one for one in paper.places if one.lead == "V2")
    left, right = (round((place.label[0] + mm) / space.pixel_mm) for mm in (32.0, 47.0))
    baseline = round(paper.sheet.baseline(1) / space.pixel_mm)
    there = pixels[baseline - 8 : baseline + 8, left:right] % ecg.SHADES
    assert not there.any()


def test_without_a_scale_nothing_is_drawn_and_no_pulse_stands_beside_it() -> None:
    waveform = Waveform(("II",), Decimal(250), (None,), bytes(2 * 2500))
    _, paper, _ = ecg.draw(of(waveform, DISPLAYS["10.1 inches"]))
    assert paper.pulses == ()
    assert all(not place.points for place in paper.places)


def test_what_the_display_cannot_show_at_once_is_on_the_next_page_and_nothing_is_left_out() -> None:
    for space, pages in ((DISPLAYS["10.1 inches"], 2), (DISPLAYS["13.3 inches"], 1)):
        asked = wanted(space)
        spans = [ecg.draw(msgspec.structs.replace(asked, page=page))[1] for page in range(pages)]
        assert ecg.draw(asked)[2] == pages
        assert [one.since for one in spans] == [page * spans[0].sheet.seconds for page in range(pages)]
        assert spans[-1].until == 10.0


def test_a_single_lead_goes_on_in_the_next_row() -> None:
    waveform = Waveform(("II",), Decimal(100), (Scale(Decimal(1)),), bytes(2 * 1000))
    _, paper, pages = ecg.draw(of(waveform, DISPLAYS["10.1 inches"]))
    assert pages == 1
    assert [(row[0][0], row[0][1]) for row in paper.sheet.rows] == [("II", 0.0), ("II", 8.0)]
    assert sum(len(place.points) for place in paper.places) >= 1000


def test_words_are_cut_rather_than_drawn_over_one_another() -> None:
    space = DISPLAYS["7 inches"]
    asked = msgspec.structs.replace(wanted(space), who="DE LA ROCHEFOUCAULD-MONTBÉLIARD " * 3)
    plain = msgspec.structs.replace(asked, who="")
    with_name, without = ecg.draw(asked)[0], ecg.draw(plain)[0]
    head = slice(0, round(6 / space.pixel_mm))
    right = runs((without[head] % ecg.SHADES > 8).any(axis=0))[0]
    names = runs((with_name[head] % ecg.SHADES > 8).any(axis=0))
    assert len(names) > 20
    gaps = np.diff(np.flatnonzero((with_name[head] % ecg.SHADES > 8).any(axis=0)))
    assert gaps.max() >= 6 < right


# --- sixels


def by_libsixel(picture: str, folder: Path) -> Pixels:
    """What another decoder makes of it: red, green and blue."""
    (folder / "in.six").write_text(picture, encoding="ascii")
    program = needs.program("sixel2png", "libsixel-bin")
    subprocess.run([program, "-i", "in.six", "-o", "out.png"], cwd=folder, check=True, timeout=60)
    read = cv2.imread(str(folder / "out.png"), cv2.IMREAD_COLOR_RGB)
    assert read is not None
    return np.asarray(read, np.uint8)


@pytest.mark.parametrize("name", DISPLAYS)
def test_every_row_of_sixels_is_the_row_of_the_picture(name: str, tmp_path: Path) -> None:
    """In percent a colour has 101 steps, so each differs by two of 255 at most."""
    space = DISPLAYS[name]
    asked = wanted(space)
    png = worker.draw(msgspec.msgpack.encode(asked)).png
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    drawn = worker.draw(msgspec.msgpack.encode(as_sixels(asked)))
    assert len(drawn.rows) * space.cell_height == picture.shape[0]
    for at in (0, 3, len(drawn.rows) - 1):
        read = by_libsixel(drawn.rows[at], tmp_path)[: space.cell_height]
        part = picture[at * space.cell_height : (at + 1) * space.cell_height]
        assert read.shape == part.shape
        assert np.abs(read.astype(int) - part.astype(int)).max() <= 2


def as_sixels(asked: EcgWanted) -> EcgWanted:
    return msgspec.structs.replace(asked, space=msgspec.structs.replace(asked.space, way=Way.SIXEL))


def test_sixels_are_the_bytes_of_the_manual() -> None:
    """VT330/VT340 programmer reference, chapter 14: ``~`` sets six pixels, ``@`` the topmost, ``!`` repeats, ``$`` goes back."""
    pixels = np.zeros((6, 8), np.uint8)
    pixels[0, 2] = 1
    (row,) = sixel.rows(pixels, np.array([[255, 255, 255], [0, 0, 0]], np.uint8), 6)
    assert row == '\x1bP0;1;0q"1;1;8;6#0;2;100;100;100#1;2;0;0;0#0~~}!5~$#1??@\x1b\\'


def test_a_photo_is_whole_upright_and_in_the_middle(tmp_path: Path) -> None:
    scene = np.zeros((80, 40, 3), np.uint8)
    scene[:40] = (0, 0, 200)
    scene[40:] = (200, 0, 0)
    _, encoded = cv2.imencode(".jpg", scene)
    space = Space(way=Way.PNG, columns=20, rows=5, cell_width=12, cell_height=24, pixel_mm=0.17)
    asked = PhotoWanted(space=space, jpeg=turned(encoded.tobytes()), background=(10, 20, 30))
    drawn = worker.draw(msgspec.msgpack.encode(asked))
    shown = cv2.imdecode(np.frombuffer(drawn.png, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert shown is not None
    assert shown.shape == (120, 240, 3)
    # turned by a quarter to the right it is twice as broad as high: its upper half, red, is at the right
    assert shown[60, 60].tolist() == pytest.approx([0, 0, 200], abs=6)
    assert shown[60, 180].tolist() == pytest.approx([200, 0, 0], abs=6)
    few = worker.draw(msgspec.msgpack.encode(msgspec.structs.replace(asked, space=sixels(space))))
    read = np.concatenate([by_libsixel(row, tmp_path)[:24] for row in few.rows])
    assert np.abs(read.astype(int) - shown.astype(int)).mean() < 6


def sixels(space: Space) -> Space:
    return msgspec.structs.replace(space, way=Way.SIXEL)


def turned(jpeg: bytes) -> bytes:
    """With EXIF that says: turn it by a quarter to the right (orientation 6, TIFF tag 0x112)."""
    tiff = b"MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
    exif = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]


# --- kitty


def test_a_picture_for_kitty_is_one_transmission_and_cells_that_name_it() -> None:
    space = msgspec.structs.replace(DISPLAYS["10.1 inches"], way=Way.KITTY)
    asked = msgspec.structs.replace(wanted(space), space=space)
    drawn = worker.draw(msgspec.msgpack.encode(asked))
    assert len(drawn.before) > 1
    assert all(piece.startswith("\x1b_G") and piece.endswith("\x1b\\") for piece in drawn.before)
    head = dict(one.split("=") for one in drawn.before[0][3:].partition(";")[0].split(","))
    assert (head["a"], head["U"], head["f"], head["m"]) == ("T", "1", "100", "1")
    assert (int(head["c"]), int(head["r"])) == (space.columns, len(drawn.rows))
    assert max(len(piece) for piece in drawn.before) < kitty.CHUNK + 200
    assert all(row.count("\U0010eeee") == space.columns for row in drawn.rows)
    assert head["i"] in drawn.after


def test_the_palette_has_room_for_every_ground_and_shade() -> None:
    assert ecg.palette().shape == (3 * ecg.SHADES, 3)
    assert 3 * ecg.SHADES <= sixel.MOST_COLOURS
    assert tuple(ecg.palette()[ecg.SHADES - 1]) == ecg.INK


def test_an_ecg_goes_through_the_door_and_back_unchanged() -> None:
    waveform = Waveform(("I", "II"), Decimal("499.5"), (Scale(Decimal("2.44"), Decimal(-3)), None), bytes(range(80)))
    whole = msgspec.json.decode(msgspec.json.encode(WholeEcg.of(waveform, "", "ECG")), type=WholeEcg)
    assert whole.waveform == waveform
    assert whole.scales[0] == LeadScale(microvolts_per_step="2.44", baseline_microvolts="-3")
    with pytest.raises(ValueError, match="Hz"):
        _ = msgspec.structs.replace(whole, hertz="0").waveform


def test_a_drawn_picture_says_what_left_its_paper() -> None:
    drawn = worker.draw(msgspec.msgpack.encode(wanted(DISPLAYS["10.1 inches"], millivolts=3.0)))
    assert isinstance(drawn, Drawn)
    assert "V1" in drawn.outside
