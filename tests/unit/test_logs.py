"""What may stand in a log: typed, declared, and never the words of a failure (T20)."""

from __future__ import annotations

import ast
import datetime as dt
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from edge import residents as residents_file
from edge.domain.fault import Fault, Reason
from edge.domain.patient import Encounter, IdentityStatus, Ins, Patient, Sex
from edge.mains import logs
from tests import seeded

ROOT = Path(__file__).parents[2]
RESIDENTS = seeded.residents()
IDENTIFIERS = sorted({identifier for one in RESIDENTS for identifier in one.identifiers()})


def patient_of(one: seeded.Seeded) -> Patient:
    return Patient(
        one.id,
        "EHPAD",
        one.birth_name,
        one.given_names,
        one.birth_date,
        Sex.FEMALE,
        one.room,
        IdentityStatus.QUALIFIED,
        ins=Ins(one.matricule, "1.2.250.1.213.1.4.8"),
        allergies=(one.allergy,),
    )


def rendered(event: str, **fields: Any) -> str:
    render = structlog.processors.LogfmtRenderer()
    return str(render(None, "info", logs.told(None, "info", {"event": event} | fields)))


def failure(patient: Patient) -> BaseException:
    """As failures come: one in another's wake, several at once."""
    try:
        try:
            raise KeyError(patient.birth_name, patient.birth_date)
        except KeyError as exc:
            raise ExceptionGroup(f"{patient}", [ValueError(f"{patient}"), OSError(2, patient.room)]) from exc
    except ExceptionGroup as exc:
        return exc


@pytest.mark.hazard("T20", without="tests.controls_audit:logs_say_everything")
def test_of_200_seeded_identifiers_none_comes_through() -> None:
    assert len(IDENTIFIERS) >= 200
    lines = []
    for one in RESIDENTS:
        patient = patient_of(one)
        encounter = Encounter("e", one.id, dt.datetime.now(dt.UTC), "2.25.1", "TC1")
        lines += [
            rendered("resident", what=patient, item=encounter, state=patient.birth_date, kind={one.room: one.allergy}),
            rendered("resident", name=one.birth_name, given_names=one.given_names, ins=one.matricule, id=one.id),
            rendered(f"{one.given_names} was chosen", exc_info=failure(patient)),
            rendered("failed", exc_info=failure(patient), why=[patient, patient.allergies, ValueError(one.id)]),
        ]
    text = "\n".join(lines)
    assert [word for word in IDENTIFIERS if word in text] == []


def test_what_is_declared_and_plain_comes_through() -> None:
    line = rendered("saved", kind=Reason.STORE_IO, bytes=12, new=True, reason=None, destinations=["pacs", "fhir"])
    assert line == "event=saved kind=store_io bytes=12 new reason= destinations=pacs,fhir"


def test_a_failure_is_told_by_its_kinds_and_places() -> None:
    line = rendered("failed", exc_info=failure(patient_of(RESIDENTS[0])))
    assert "ExceptionGroup < unit/test_logs.py:" in line
    assert "[ValueError | FileNotFoundError 2]" in line
    assert "after KeyError < unit/test_logs.py:" in line


def test_a_fault_may_speak_since_its_words_are_ours() -> None:
    line = rendered("failed", exc_info=Fault(Reason.CAMERA, "the camera is gone", "plug it in"))
    assert "Fault camera: the camera is gone" in line


def test_a_line_is_one_line() -> None:
    assert "\n" not in rendered("failed", what="one\ntwo")


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    for room in ("edge", "drivers", "sync", "ui", "foreign"):
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in {"bind", "debug", "info", "warning", "error", "exception", "critical"}
                    and ast.unparse(node.func.value).split(".")[-1].strip("_") == "log"
                ):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_every_field_that_this_software_logs_is_declared_and_every_event_has_a_name() -> None:
    calls = list(log_calls())
    assert len(calls) > 60
    wrong = []
    for where, call in calls:
        wrong += [
            f"{where} {keyword.arg}" for keyword in call.keywords if keyword.arg not in logs.FIELDS | {"exc_info"}
        ]
        for event in call.args:
            named = isinstance(event, ast.Constant) and logs._EVENT.fullmatch(str(event.value))
            if not named and ast.unparse(event) != "outcome.event.value":
                wrong.append(f"{where} {ast.unparse(event)}")
    assert wrong == [], "\n".join(wrong)


def test_every_declared_field_is_in_use() -> None:
    used = {keyword.arg for _, call in log_calls() for keyword in call.keywords}
    made_here = {"event", "exception", "level", "library", "process", "timestamp"}
    assert {name for name in logs.FIELDS if name not in used | made_here} == set()


@pytest.mark.parametrize(
    "statement",
    [
        "raise ValueError(NAME)",
        "logging.getLogger('pynetdicom').error(f'dataset of {NAME}')",
        "logging.getLogger('aiortc').warning('about %s', NAME)",
        "warnings.warn(NAME)",
        "threading.Thread(target=int, args=(NAME,)).start()",
        "asyncio.new_event_loop().call_exception_handler({'message': NAME, 'exception': ValueError(NAME)})",
        "type('Of', (), {'__del__': lambda self: int(NAME)})()",
        "structlog.get_logger().info(NAME, name=NAME)",
    ],
)
def test_nothing_that_a_process_says_by_itself_holds_the_words(statement: str) -> None:
    program = (
        "import asyncio, logging, threading, warnings, structlog\nfrom edge.mains import logs\n"
        f"logs.configure('test')\nNAME = 'XQ' + 'ZAR' + 'TU'\n{statement}\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert "process=test" in ran.stderr
    assert "XQZARTU" not in ran.stdout + ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_wrong_list_of_residents_is_refused_without_its_words(tmp_path: Path) -> None:
    for one in RESIDENTS:
        file = tmp_path / "residents.toml"
        for wrong in ('sex = "F"', f"birth_date = {one.birth_date}", 'status = "qualifiee"'):
            field = wrong.split(" ")[0]
            file.write_text(one.toml().replace(wrong, f'{field} = "{one.birth_name}"'), encoding="utf-8")
            with pytest.raises(Fault) as caught:
                residents_file.read(file, "EHPAD")
            assert field in caught.value.what
            assert not [word for word in one.identifiers() if word in str(caught.value)]


def test_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("aioice", logging.ERROR, "/x/aioice/ice.py", 7, "of %s", ("ZAR",), None)
    logs.Libraries().emit(record)
    said = capsys.readouterr().out
    assert "aioice/ice.py:7" in said
    assert "ZAR" not in said


@pytest.mark.parametrize("unit", sorted((ROOT / "systemd").glob("*.service")), ids=lambda unit: unit.name)
def test_a_unit_that_crashes_leaves_no_memory_on_the_disk(unit: Path) -> None:
    assert "\nLimitCORE=0\n" in unit.read_text(encoding="utf-8")
