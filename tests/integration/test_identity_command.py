"""`telecart identity read`: pictures of symbols that zxing draws, degraded as a camera would, read by the worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from tests.unit.test_ins_datamatrix import BERTHIER

Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def symbol(payload: str, scale: int = 6) -> Picture:
    code = zxingcpp.create_barcode(payload.encode(), zxingcpp.BarcodeFormat.DataMatrix)
    return np.array(zxingcpp.write_barcode_to_image(code, scale=scale, add_quiet_zones=True), np.uint8)


def photographed(drawn: Picture) -> Picture:
    """On a grey sheet, turned by 17 degrees, a little blurred and noisy, unevenly lit."""
    rows, columns = drawn.shape
    sheet = np.full((rows * 2, columns * 2), 200, np.uint8)
    sheet[rows // 2 : rows // 2 + rows, columns // 2 : columns // 2 + columns] = drawn
    turn = cv2.getRotationMatrix2D((columns, rows), 17, 0.9)
    seen = cv2.warpAffine(sheet, turn, (columns * 2, rows * 2), borderValue=200)
    blurred = np.asarray(cv2.GaussianBlur(seen, (3, 3), 0.8), np.float64)
    lit = blurred * np.linspace(0.6, 1.0, blurred.shape[1])
    return np.clip(lit + np.random.default_rng(7).normal(0, 6, lit.shape), 0, 255).astype(np.uint8)


def written(path: Path, picture: Picture) -> Path:
    assert cv2.imwrite(str(path), picture)
    return path


def identity_read(path: Path, *more: str) -> tuple[int, dict[str, object]]:
    ran = subprocess.run(
        [sys.executable, "-m", "edge.cli", "identity", "read", str(path), "--json", *more],
        capture_output=True,
        timeout=120,
        check=False,
    )
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else {"stderr": ran.stderr.decode()}


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_photographed_symbol_gives_its_traits(tmp_path: Path, suffix: str) -> None:
    status, traits = identity_read(written(tmp_path / f"symbol.{suffix}", photographed(symbol(BERTHIER))))
    assert (status, traits["matricule"], traits["birth_name"]) == (0, "255081416802538", "D'ARTAGNAN--L HERMITE")


def test_what_is_wrong_in_it_is_said_field_by_field(tmp_path: Path) -> None:
    status, said = identity_read(written(tmp_path / "symbol.png", symbol(BERTHIER.replace("S5F", "S5X"))))
    assert (status, said) == (1, {"errors": [{"field": "sex", "reason": "neither M nor F"}]})
    of_test = symbol(BERTHIER.replace("1.2.250.1.213.1.4.8\x1d", "1.2.250.1.213.1.4.10"))
    path = written(tmp_path / "test.png", of_test)
    assert identity_read(path)[0] == 1
    assert identity_read(path, "--allow-test")[0] == 0


@pytest.mark.hazard("H1", without="tests.controls_ins:the_first_of_two_persons_is_taken")
def test_two_persons_in_one_picture_are_nobody(tmp_path: Path) -> None:
    from edge.mains.identity import Refused, read

    other = BERTHIER.replace("ALAIN", "LOUIS")
    both = written(tmp_path / "both.png", np.hstack([symbol(BERTHIER), symbol(other)]))
    found = read(both.read_bytes(), allow_test=False)
    assert isinstance(found, Refused)
    assert "several persons" in found.errors[0].reason


def test_other_codes_and_other_files_are_no_identity(tmp_path: Path) -> None:
    for name, payload in (("other", "0103400930000120"), ("paper", "DC04FR000001")):
        status, said = identity_read(written(tmp_path / f"{name}.png", symbol(payload)))
        assert status == 1
        assert "no INS Data Matrix" in str(said)
    blank = written(tmp_path / "blank.png", np.full((300, 300), 255, np.uint8))
    assert "no Data Matrix" in str(identity_read(blank)[1])
    noise = tmp_path / "noise.jpg"
    noise.write_bytes(b"\xff\xd8" + bytes(range(256)) * 50)
    status, said = identity_read(noise)
    assert status == 1
    assert str(said["stderr"]).count("\n") == 1


def test_a_symbol_is_read_byte_for_byte_with_its_separators(tmp_path: Path) -> None:
    from drivers.files import matrix

    path = written(tmp_path / "symbol.png", symbol(BERTHIER))
    assert matrix.read(path.read_bytes()) == (BERTHIER.encode(),)
