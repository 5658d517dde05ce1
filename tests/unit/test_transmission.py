"""Transmissions ciblées of a round: what stands under which heading, and what is never said."""

from __future__ import annotations

import dataclasses

import pytest

from edge.domain.measurement import Kind, Name, Quality
from edge.domain.quantity import Unit
from edge.domain.report import EncounterReport
from sync.report import transmission
from tests import items, reports


def sections(report: EncounterReport) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"": []}
    title = ""
    for row in transmission.text(report, reports.HOUSE).splitlines():
        if row.endswith(" :"):
            title = row.removesuffix(" :")
            found[title] = []
        elif row.startswith("CIBLE : "):
            found["CIBLE"] = row.removeprefix("CIBLE : ").split(" ; ")
        elif row:
            found[title].append(row.removeprefix("- "))
    return found


EMPTY = dataclasses.replace(
    reports.report(), values=(), traces=(), sounds=0, asked=(), answers=(), talks=(), participants=(), incidents=()
)


def test_the_four_headings_stand_in_their_order_after_who_and_when() -> None:
    found = sections(reports.report())
    assert list(found) == ["", "CIBLE", "DONNÉES", "ACTIONS", "RÉSULTATS"]
    who, when = found[""]
    # H1: whoever pastes it sees whose it is
    assert who == "L'HÉRITIER (DŒUVRE) MARIE-ÈVE ANNE, née le 03/02/1931, chambre 12"
    assert when == "Passage du 29/03/2026 00:30 à 01:15, borne « Borne 1 »"
    assert found["CIBLE"][:2] == ["Demande d'avis, Dermatologie", "Téléconsultation"]


def test_values_stand_with_their_time_and_what_is_known_of_them() -> None:
    data = sections(reports.report())["DONNÉES"]
    assert "Pression artérielle 128 / 74 mmHg à 00:33 (PA moyenne 92 mmHg ; pouls 67 /min)" in data
    assert "Fréquence respiratoire 22 /min à 00:36 (saisi à la main)" in data
    (doubtful,) = [row for row in data if "88 %" in row]
    assert "DOUTEUX : mouvement pendant la mesure, perfusion faible" in doubtful
    # of the day before, out of the memory of a device
    assert any(row.startswith("Température 37,9 °C le 28/03/2026 à 22:00") for row in data)


def test_what_was_asked_and_answered_stands_under_actions_and_results() -> None:
    found = sections(reports.report())
    assert found["ACTIONS"][0] == "Relevé et fait par Camille LEROY"
    assert found["ACTIONS"][1].startswith("00:44 Avis demandé : Dermatologie, à CHU, dermatologie")
    assert found["ACTIONS"][2] == "00:50 Téléconsultation, 11 min"
    (answer,) = found["RÉSULTATS"]
    assert answer.startswith("Compte rendu du médecin, Dr Anne MOREL, le 29/03/2026 01:10 : Escarre talonnière")


def test_an_opinion_that_nobody_gave_yet_is_awaited() -> None:
    waiting = dataclasses.replace(reports.report(), answers=())
    assert sections(waiting)["RÉSULTATS"] == ["Avis en attente : Dermatologie"]


def test_what_the_cart_does_not_know_is_left_to_the_carer() -> None:
    found = sections(EMPTY)
    assert found["CIBLE"] == ["Passage au chevet"]
    assert found["DONNÉES"] == ["La borne n'a enregistré aucune donnée."]
    for title in ("ACTIONS", "RÉSULTATS"):
        assert "à compléter par le soignant" in found[title][0]


def test_a_round_of_values_alone_says_what_was_watched_and_judges_nothing() -> None:
    pain = reports.value(Kind.PAIN, 3, reports.part(Name.PAIN, "9", Unit.SCORE), quality=(Quality.TYPED,))
    weight = reports.value(Kind.WEIGHT, 4, reports.part(Name.WEIGHT, "31", Unit.KILOGRAM))
    assert sections(dataclasses.replace(EMPTY, values=(pain,)))["CIBLE"] == ["Évaluation de la douleur"]
    assert sections(dataclasses.replace(EMPTY, values=(weight,)))["CIBLE"] == ["Surveillance des constantes"]


@pytest.mark.parametrize("kind", sorted({value.reading.kind for value in reports.values()}))
def test_each_kind_is_written_in_letters_that_any_record_takes(kind: Kind) -> None:
    values = tuple(value for value in reports.values() if value.reading.kind is kind)
    transmission.text(dataclasses.replace(EMPTY, values=values), reports.HOUSE).encode("cp1252")


def test_photos_and_sounds_are_counted_and_named() -> None:
    photo = reports.picture(items.drawn_jpeg())
    data = sections(dataclasses.replace(EMPTY, pictures=(photo,), sounds=2))["DONNÉES"]
    assert data == ["Photo, Partie du corps non précisée, gros plan, 00:40", "2 sons enregistrés"]


def test_what_counts_no_more_and_what_is_invented_say_so_first() -> None:
    void = transmission.text(dataclasses.replace(EMPTY, void=True), reports.HOUSE)
    assert void.startswith("ANNULÉ")
    demo = transmission.text(EMPTY, dataclasses.replace(reports.HOUSE, demonstration=True))
    assert "DÉMONSTRATION" in demo.splitlines()[0]
