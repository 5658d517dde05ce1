"""Settings: the documented example is true, and a wrong file is told with what is wrong in it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from edge import settings as s
from edge.domain.fault import Fault, Reason
from edge.mailbox import Mailbox

EXAMPLE = Path(__file__).parents[2] / "systemd/telecart.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "telecart.toml"
    file.write_text(text)
    return file


def test_the_example_is_the_defaults() -> None:
    """Every setting that the example shows uncommented has the value that it would have anyway."""
    example = msgspec.structs.asdict(s.read(EXAMPLE))
    assert example == msgspec.structs.asdict(s.Settings())


def uncommented(text: str) -> str:
    """The example with its commented settings (``#name = ...``, ``#[section]``) switched on."""
    return re.sub(r"^#(?=[\[a-z])", "", text, flags=re.MULTILINE)


def test_every_setting_is_in_the_example_and_parses(tmp_path: Path) -> None:
    text = uncommented(EXAMPLE.read_text())
    every = s.read(written(tmp_path, text))
    for section in (
        s.Settings,
        s.Site,
        s.SerialLine,
        s.Pacs,
        s.Worklist,
        s.Dicomweb,
        s.Fhir,
        s.Call,
        s.Cameras,
        s.Sound,
        Mailbox,
    ):
        for field in msgspec.structs.fields(section):
            assert re.search(rf"^(\[+)?{field.encode_name}\b", text, re.MULTILINE), (
                f"{field.name} is not in the example"
            )
    assert every.pacs
    assert every.dicomweb
    assert every.fhir
    assert every.serial
    assert every.call.ice_servers


def test_no_ice_server_unless_the_site_names_one() -> None:
    assert s.Settings().call.ice_servers == ()
    assert s.Settings().call.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('cart = \ncamera = ""\n', "line 1"),
        ('cart = "Borne 1"\n[call]\nport = "x"\n', r"Expected `int`, got `str`.*\$\.call\.port"),
        ("bluetoth = true\n", "unknown field `bluetoth`"),
        ('[[pacs]]\naet = "ORTHANC"\nhost = "pacs"\n', r"missing required field `port`.*\$\.pacs\[0\]"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(Fault, match=told) as raised:
        s.read(file)
    assert raised.value.reason is Reason.SETTINGS
    assert str(file) in raised.value.what
    assert "\n" not in str(raised.value)
    assert raised.value.do


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="there is no settings file"):
        s.read(tmp_path / "nowhere.toml")


def test_data_of_the_command_line_wins(tmp_path: Path) -> None:
    settings = s.read(written(tmp_path, 'data = "/elsewhere"\n'), data=tmp_path)
    assert settings.data == tmp_path
    assert s.read(written(tmp_path, 'data = "/elsewhere"\n')).database == Path("/elsewhere/store.db")


def test_the_key_is_the_credential_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = s.Settings(data=tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert settings.key_file == tmp_path / "store.key"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert settings.key_file == tmp_path / "store.key"
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/store-key").write_text("key")
    assert settings.key_file == tmp_path / "credentials/store-key"


def test_two_destinations_of_one_name_are_refused(tmp_path: Path) -> None:
    two = "".join(f'[[pacs]]\naet = "A{n}"\nhost = "127.0.0.1"\nport = 104\n' for n in (1, 2))
    with pytest.raises(Fault, match="same name"):
        s.read(written(tmp_path, two))
