"""The report of an encounter and the page for its billing, read back with poppler."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
from pathlib import Path

import pytest

from edge.domain.body import InMemory
from edge.domain.body_site import BodySite, Side
from edge.domain.measurement import Kind, Name, Quality
from edge.domain.patient import Attribute, IdentityStatus
from edge.domain.photo import View
from edge.domain.quantity import Unit
from edge.domain.report import EncounterReport, Language
from sync.report import document, letters, shrinking, slip, words
from tests import items, needs, reports
from tests.reports import HOUSE

LANGUAGES: tuple[Language, ...] = ("fr", "en")


def text_of(pdf: bytes, folder: Path) -> str:
    """On one line."""
    file = folder / "read.pdf"
    file.write_bytes(pdf)
    told = subprocess.run(
        [needs.program("pdftotext", "poppler-utils"), "-layout", file, "-"], check=True, capture_output=True
    )
    return re.sub(r"\s+", " ", told.stdout.decode())


def said(report: EncounterReport, folder: Path, language: Language = "fr") -> str:
    return text_of(document.pdf(report, HOUSE, language), folder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_of_the_encounter_stands_in_it(language: Language, tmp_path: Path) -> None:
    pictures = (
        reports.picture(items.drawn_jpeg(), View.OVERVIEW, BodySite.HEEL, Side.LEFT),
        reports.picture(items.drawn_jpeg(), View.CLOSE_UP, BodySite.BUTTOCK, Side.RIGHT),
        reports.picture(b"no picture", View.CLOSE_UP, BodySite.BACK, sharpness=2.0),
    )
    told = said(reports.report(photos=pictures), tmp_path, language)
    known = words.words(language)
    for wanted in (
        *(
            "DŒUVRE MARIE-ÈVE ANNE",
            "L'HÉRITIER",
            "2 55 08 14 168 025 38",
            "pénicilline, latex",
            "Dr Jean ROUX",
            "10009876543",
        ),
        *(
            "128 / 74",
            "mmHg",
            "88",
            "37,9" if language == "fr" else "37.9",
            "22,8 kg/m²" if language == "fr" else "22.8 kg/m²",
        ),
        *("≥ 38,5 °C", "≈ 4 cm²", "Dr Anne MOREL", "RPPS 10001234567", "Camille LEROY", "Mme Hélène DŒUVRE"),
        *(known.opinions.questions[reports.report().asked[0].opinion.question], known.opinions.missing["blurred"]),  # type: ignore[index]
        *(
            known.vitals.doubtful,
            known.vitals.typed,
            known.vitals.room_air,
            known.vitals.quality[Quality.LOW_PERFUSION],
        ),
        *(
            known.pictures.intimate,
            known.pictures.unreadable,
            known.pictures.blurred,
            known.ecg.print_it,
            "aVR",
            "1000 Hz",
        ),
        *(known.opinions.situations["lesion"], known.opinions.roles["dlu"], known.opinions.roles["directives"]),  # type: ignore[index]
        *(known.people.mishaps["undone"].format(2), known.pictures.sounds.format(1), "380012345"),  # type: ignore[index]
    ):
        assert wanted in told, wanted


def test_the_same_report_is_the_same_bytes() -> None:
    report = reports.report(photos=(reports.picture(items.drawn_jpeg()),))
    assert document.pdf(report, HOUSE, "fr") == document.pdf(report, HOUSE, "fr")


def test_fonts_are_embedded_and_title_author_and_language_are_told(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(document.pdf(reports.report(), HOUSE, "fr"))
    fonts = subprocess.run(["pdffonts", file], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), fonts
    about = subprocess.run(["pdfinfo", file], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Title: +Compte rendu de télésanté TC0000000001", about)
    assert re.search(r"Author: +EHPAD Les Tilleuls", about)
    assert b"(fr-FR)" in file.read_bytes()


def test_a_photo_goes_in_as_the_worker_made_it(tmp_path: Path) -> None:
    """T8: nobody but the worker decodes it, and it is not encoded again."""
    file = tmp_path / "report.pdf"
    photos = (reports.picture(items.drawn_jpeg()), reports.picture(items.drawn_jpeg(640, 480)))
    with shrinking.shrinker() as worker:
        made = [shrinking.shrunk(worker, one.file) for one in photos]
    file.write_bytes(document.pdf(reports.report(photos=photos), HOUSE, "fr"))
    assert [one.jpeg in file.read_bytes() for one in made] == [True, True]
    tool = needs.program("pdfimages", "poppler-utils")
    told = subprocess.run([tool, "-list", file], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    # width, height, colour, components, bits, encoding
    assert [(one.split()[3:9]) for one in told] == [
        [str(one.width), str(one.height), "rgb", "3", "8", "jpeg"] for one in made
    ]


def test_an_ecg_has_a_page_of_true_scale(tmp_path: Path) -> None:
    """The grid of 265 mm as it is drawn, in points."""
    file = tmp_path / "report.pdf"
    file.write_bytes(document.pdf(reports.report(), HOUSE, "fr"))
    sizes = subprocess.run(["pdfinfo", "-l", "9", file], check=True, capture_output=True, text=True).stdout
    assert re.findall(r"Page +\d+ size: +(\d+)\S* x (\d+)\S* pts", sizes)[-1] == ("841", "595")
    told = text_of(file.read_bytes(), tmp_path)
    assert "25 mm/s 10 mm/mV" in told


def test_what_is_doubtful_or_old_has_its_age_and_what_is_new_and_good_has_none(tmp_path: Path) -> None:
    base = reports.report()
    old = reports.value(Kind.SPO2, -180, reports.part(Name.SPO2, "97", Unit.PERCENT))
    doubtful = reports.value(Kind.SPO2, 40, reports.part(Name.SPO2, "90", Unit.PERCENT, Quality.LOW_SIGNAL))
    good = reports.value(Kind.SPO2, 40, reports.part(Name.SPO2, "96", Unit.PERCENT))
    told = {
        name: said(dataclasses.replace(base, values=(one,), traces=()), tmp_path)
        for name, one in (("old", old), ("doubtful", doubtful), ("good", good))
    }
    assert "3 h 45 avant ce compte rendu" in told["old"]
    assert "5 min avant ce compte rendu" in told["doubtful"]
    assert "DOUTEUX" in told["doubtful"]
    assert "avant ce compte rendu" not in told["good"]
    assert "DOUTEUX" not in told["good"] + told["old"]


@pytest.mark.hazard("H14", without="tests.controls_reports:unknown_is_none")
def test_unknown_allergies_are_never_none(tmp_path: Path) -> None:
    base = reports.report()
    unknown = said(dataclasses.replace(base, patient=dataclasses.replace(base.patient, allergies=None)), tmp_path)
    none = said(dataclasses.replace(base, patient=dataclasses.replace(base.patient, allergies=())), tmp_path)
    assert "Non renseignées : demander" in unknown
    assert "Aucune allergie connue" not in unknown
    assert "Aucune allergie connue" in none


def test_every_allergy_is_there_however_many(tmp_path: Path) -> None:
    base = reports.report()
    many = tuple(f"substance-{number:03}" for number in range(300))
    told = said(dataclasses.replace(base, patient=dataclasses.replace(base.patient, allergies=many)), tmp_path)
    assert [one for one in many if one not in told] == []


@pytest.mark.parametrize(
    ("status", "attributes"),
    [(IdentityStatus.VALIDATED, frozenset()), (IdentityStatus.PROVISIONAL, frozenset({Attribute.DOUBTFUL}))],
)
def test_an_ins_that_may_not_leave_is_not_in_it(
    status: IdentityStatus, attributes: frozenset[Attribute], tmp_path: Path
) -> None:
    base = reports.report()
    patient = dataclasses.replace(base.patient, status=status, attributes=attributes)
    told = said(dataclasses.replace(base, patient=patient), tmp_path)
    assert "2 55 08 14" not in told
    assert "INS non transmise" in told


def test_long_names_and_many_values_lose_nothing(tmp_path: Path) -> None:
    base = reports.report(reports.LONG)
    numbers = tuple(
        reports.value(Kind.HEART_RATE, at, reports.part(Name.PULSE_RATE, str(500 + at), Unit.PER_MINUTE))
        for at in range(120)
    )
    told = said(dataclasses.replace(base, values=numbers), tmp_path)
    for part in ("VAN DER STRAETEN-PONTHOZ", "ROCHEFOUCAULD-MONTMORENCY", "ÉLÉONORE", "Dupont-Grandjean"):
        assert part in told
    assert [at for at in range(120) if f" {500 + at} " not in told] == []


def test_a_report_that_counts_no_more_says_so_on_every_page(tmp_path: Path) -> None:
    report = dataclasses.replace(reports.report(), void=True)
    pages = text_of(document.pdf(report, HOUSE, "fr"), tmp_path)
    count = int(re.findall(r"page \d+ / (\d+)", pages)[0])
    assert pages.count("NE COMPTE PLUS") == count > 1


def test_a_demonstration_says_so(tmp_path: Path) -> None:
    told = text_of(document.pdf(reports.report(), dataclasses.replace(HOUSE, demonstration=True), "en"), tmp_path)
    assert "DEMONSTRATION" in told


def test_letters_that_the_font_lacks_are_seen_to_be_there() -> None:
    assert letters.written("Zażółć ≥ ² ₂ Ω Жук") == "Zażółć ≥ ² ₂ Ω Жук"
    assert len(letters.written("漢字")) == 2
    assert letters.written("a\x1bb\u202ec") != "abc"


def test_a_word_without_a_blank_is_cut_and_whole() -> None:
    word = "x" * 400
    pieces = letters.lines(word, letters.PLAIN, 10, 100)
    assert "".join(pieces) == word
    assert max(letters.width(one, letters.PLAIN, 10) for one in pieces) <= 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_have_a_word_for_everything(language: Language) -> None:
    known, other = words.words(language), words.words("fr")
    for section in ("who", "opinions", "vitals", "pictures", "ecg", "people", "slip"):
        ours, theirs = getattr(known, section), getattr(other, section)
        for field in dataclasses.fields(ours):
            mine, their = getattr(ours, field.name), getattr(theirs, field.name)
            if isinstance(mine, str):
                assert mine.count("{}") == their.count("{}"), field.name
            elif hasattr(mine, "keys"):
                assert set(mine) == set(their), field.name
    assert set(known.vitals.quality) == set(Quality)


def test_the_slip_has_what_billing_needs_and_says_that_the_cart_bills_nothing(tmp_path: Path) -> None:
    report = reports.report()
    for told in (re.sub(r"\s+", " ", slip.text(report, HOUSE, "fr")), text_of(slip.pdf(report, HOUSE, "fr"), tmp_path)):
        for wanted in (
            *("La borne ne facture rien", "Télé-expertise, dermatologie", "29/03/2026 00:44", "29/03/2026 01:10"),
            *("Dr Anne MOREL (RPPS 10001234567)", "Camille LEROY (RPPS 10003456789)", "380012345"),
            *("Téléconsultation", "29/03/2026 00:50", "29/03/2026 01:01", "11 min", "Dr Jean ROUX (RPPS 10009876543)"),
        ):
            assert wanted in told, wanted
        assert re.search(r"longue durée ?:? oui", told)


def test_without_an_act_the_slip_says_that_there_is_nothing_to_bill() -> None:
    report = dataclasses.replace(reports.report(), asked=(), answers=(), talks=())
    assert "rien à facturer" in slip.text(report, HOUSE, "fr")


def test_what_the_cart_does_not_know_is_left_to_the_doctor() -> None:
    base = reports.report()
    report = dataclasses.replace(base, answers=(), patient=reports.LONG)
    told = slip.text(report, HOUSE, "en")
    assert "no answer came" in told
    assert "not recorded by the cart: to be filled in" in told
    assert "Treating doctor: not known" in told


def test_a_recording_without_twelve_leads_has_its_own_rows(tmp_path: Path) -> None:
    told = said(reports.report(waveform=items.strip(20).payload), tmp_path)  # type: ignore[arg-type]
    assert "sans échelle, non tracée" in told
    assert "V6" not in told


def test_a_photo_of_a_stranger_is_decoded_elsewhere_and_small() -> None:
    large = reports.picture(items.drawn_jpeg(4000, 3000))
    pdf = document.pdf(reports.report(photos=(large, large)), HOUSE, "fr")
    assert len(pdf) < large.file.size


def test_a_photo_that_lies_is_upright() -> None:
    from sync.report.shrinking import shrinker, shrunk

    jpeg = items.drawn_jpeg(64, 32)
    exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    turned = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    with shrinker() as worker:
        small = shrunk(worker, InMemory(turned))
    assert (small.width, small.height) == (32, 64)
    assert b"Exif" not in small.jpeg


def test_age_is_never_less_than_nothing() -> None:
    report = reports.report()
    ahead = reports.value(Kind.SPO2, 600, reports.part(Name.SPO2, "97", Unit.PERCENT))
    assert report.age(ahead.taken) == dt.timedelta()
