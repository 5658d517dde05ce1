"""What a table of residents says beyond who they are, and how it stands in the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import residents_table
from edge.domain.patient import Doctor, Patient, Protection
from edge.residents_table import WrongTable
from edge.store.keeping import rows

HEAD = "ipp;nom_naissance;prenoms;date_naissance;sexe;chambre;medecin_traitant;rpps_medecin;protection;representant;ald;lieu_naissance\n"


def read(folder: Path, line: str) -> Patient:
    (folder / "table.csv").write_text(f"{HEAD}1;DUPONT;Anne;12/03/1938;F;12;{line}\n", encoding="utf-8")
    (found,) = residents_table.read(folder / "table.csv", "EHPAD")
    return found


def test_doctor_protection_representative_ald_and_birthplace(tmp_path: Path) -> None:
    found = read(tmp_path, "Dr Anne Morel;10001234567;Habilitation familiale;UDAF 38, 04 76 00 00 02;oui;2A004")
    assert found.treating_doctor == Doctor("Dr Anne Morel", "10001234567")
    assert (found.protection, found.representative) == (Protection.FAMILY, "UDAF 38, 04 76 00 00 02")
    assert (found.long_term_illness, found.birth_place) == (True, "2A004")
    assert rows.patient(rows.patient_columns(found)) == found


def test_what_is_left_out_is_not_known(tmp_path: Path) -> None:
    found = read(tmp_path, ";;;;;")
    assert (found.treating_doctor, found.protection, found.long_term_illness) == (None, None, None)
    assert rows.patient(rows.patient_columns(found)) == found


@pytest.mark.parametrize(
    "line", ["Morel;123;;;;", ";10001234567;;;;", ";;autre;;;", ";;;;peut-être;", ";;;;;PARIS"], ids=lambda line: line
)
def test_what_nobody_could_mean_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(WrongTable) as caught:
        read(tmp_path, line)
    assert [one.line for one in caught.value.lines] == [2]
