"""What is said at the bedside has an English of its own, and a screen shows that of its language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import catalog
from drivers.english import CLAUSES, english
from drivers.link.ble import words
from edge.door import messages as m
from tests.languages import without_english
from ui.bedside import state
from ui.bedside.locales import LANGUAGES
from ui.bedside.locales.fr_devices import FrenchDevices
from ui.bedside.picture import SAMPLE

ROOT = Path(__file__).parents[2]
SAYING = [
    *(path for path in ROOT.glob("drivers/link/**/*.py") if path.name not in {"camera.py", "audio.py", "v4l2.py"}),
    *(path for path in ROOT.glob("drivers/codec/*.py") if "Tell(" in path.read_text()),
    ROOT / "edge/door/device_desk.py",
    ROOT / "edge/acquire/recorder.py",
    ROOT / "edge/acquire/strip.py",
    ROOT / "edge/mains/stills.py",
    ROOT / "edge/mains/sounds.py",
]
"""Where lines come from that are shown. Faults of cameras and sound cards are for the log: stills.py and sounds.py say them."""

IN_A_CALL = {"Fault", "LinkState", "Tell", "Verdict"}
"""Whatever is given to one of these is said, be it one word."""

FRENCH = re.compile(r"[éèàçêùîÉÀ]|\b(?:le|la|les|une?|des|pas|rien|vous)\b")

NEVER_SHOWN = {
    # answers to BlueZ, and what BlueZ and bleak say
    "no reply",
    "no adapter",
    "no such characteristic",
    "not something that we can do",
    "nobody is pairing this device",
    "not six digits",
    "not a service of the catalog",
    "other digits",
    "failed to discover services",
    "Not paired",
    # a wrong setting ends the process, a reason for the quarantine stands in the store
    " is no serial port",
    "name a path or a socket:// or rfc2217:// address",
    "a recording is larger than ",
    "a defect of the cart kept this from being taken in",
    "the device says that this is demonstration or test data",
}


def said(path: Path) -> Iterator[str]:
    """Every string that may be a part of a line: whatever holds a blank or a full stop, or is given to who says it."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    given = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IN_A_CALL
        for argument in node.args
        for part in ast.walk(argument)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            text = node.value.strip()
            if " " in text or text.endswith(".") or id(node) in given:
                yield node.value


def noticed() -> Iterator[str]:
    """What edge/door/desk.py puts on the notice line; the rest of it is about calls and residents."""
    for node in ast.walk(ast.parse((ROOT / "edge/door/desk.py").read_text())):
        if isinstance(node, ast.Assign) and "notice" in ast.unparse(node.targets[0]):
            yield from (
                part.value
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


LINES = sorted({line for path in SAYING for line in said(path)} | set(noticed()))
WORDS_OF_THE_LINK = sorted(value for name, value in vars(words).items() if name.isupper() and isinstance(value, str))


def test_there_is_french_to_find() -> None:
    assert len(LINES) > 80
    assert set(WORDS_OF_THE_LINK) < set(LINES)
    assert {"recommencez", "Photo impossible : ", "Rebranchez le câble."} < set(LINES)
    assert without_english("Tensiomètre : se tait. Vérifiez le câble.") == "se tait"


@pytest.mark.parametrize("line", LINES)
def test_every_line_that_may_be_shown_has_its_english(line: str) -> None:
    assert (without_english(line) == "") is (line not in NEVER_SHOWN)
    assert not FRENCH.search(english(line))


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(LINES) >= NEVER_SHOWN


@pytest.mark.parametrize(("french", "other"), CLAUSES.items())
def test_a_clause_is_french_on_one_side_and_english_on_the_other(french: str, other: str) -> None:
    assert other
    assert not FRENCH.search(other)
    assert french.endswith(".") == other.endswith(".")


def test_a_device_is_called_by_its_english_name() -> None:
    assert english(f"Tensiomètre : {words.FORGOTTEN}") == (
        "Blood pressure monitor: has forgotten the cart: pair it again."
    )
    assert (
        english("Tensiomètre UA-651 : répond. Pile : 80 %.") == "Blood pressure monitor UA-651: answers. Battery: 80 %."
    )
    assert english("Tensiomètre : ajouté.") == "Blood pressure monitor: on the list."
    for model in catalog.MODELS:
        assert english(model.label) == model.label_en
        assert english(f"{model.label} : {words.SILENT}").startswith(f"{model.label_en}: hangs up")


@pytest.mark.parametrize("what", WORDS_OF_THE_LINK)
def test_a_screen_shows_a_line_in_its_own_language(what: str) -> None:
    line = f"Tensiomètre : {what}"
    device = m.DeviceCard(
        id="C0:FF:EE:00:00:01",
        label="Tensiomètre",
        label_en=english("Tensiomètre"),
        model="blood-pressure",
        connected=False,
        wireless=True,
        what=line,
        what_en=english(line),
    )
    nearby = m.NearbyCard(id="a", label="Balance", label_en=english("Balance"), model="weight-scale", name="", rssi=-70)
    snapshot = m.Snapshot(
        cart="Borne",
        demo=False,
        clock=SAMPLE.clock,
        devices=(device,),
        nearby=(nearby,),
        pairing=m.PairingCard(number=1, device_id=device.id, state="failed", what=line, what_en=english(line)),
        notice=line,
        notice_en=english(line),
    )
    french = state.view(snapshot, LANGUAGES["fr"]())
    assert [french.appliances[0].trouble, french.notice] == [line, line]
    assert french.pairing.line == f"{LANGUAGES['fr'].pairing['failed']} {line}"
    assert french.devices == (f"○ Tensiomètre (non connecté) - {line}",)
    other = state.view(snapshot, LANGUAGES["en"]())
    shown = (other.appliances[0].trouble, other.notice, other.pairing.line, *other.devices)
    assert all(one.endswith(english(line)) for one in shown)
    everything = (*shown, *(str(field) for field in (other.appliances, other.nearby, other.pairing)))
    assert not [one for one in everything if FRENCH.search(one)]
    assert (other.appliances[0].label, other.nearby[0].label) == ("Blood pressure monitor", "Scale")


def test_every_word_of_the_pages_about_devices_is_there_in_english() -> None:
    english_words = vars(LANGUAGES["en"])
    french_words = {name: value for name, value in vars(FrenchDevices).items() if not name.startswith("_")}
    assert french_words.keys() <= english_words.keys()
    for name, value in french_words.items():
        assert type(english_words[name]) is type(value)
        told = value if isinstance(value, str) else "".join(value.values())
        other = english_words[name] if isinstance(value, str) else "".join(english_words[name].values())
        assert not FRENCH.search(other), name
        assert re.findall(r"\{\w*\}", other) == re.findall(r"\{\w*\}", told), name
        if not isinstance(value, str):
            assert value.keys() == english_words[name].keys()
