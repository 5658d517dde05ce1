"""What a region writes for its rendezvous."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from edge import rendezvous_settings as s
from edge.domain.fault import Fault
from sync.meeting.keys import CartKey
from sync.rendezvous import carts

EXAMPLE = Path("systemd/rendezvous.toml")


def test_the_example_names_every_setting_and_is_one(tmp_path: Path) -> None:
    assert s.read(EXAMPLE).sign_in is None
    every = tmp_path / "every.toml"
    every.write_text(re.sub(r"^#(?=\S)", "", EXAMPLE.read_text(), flags=re.MULTILINE).replace("urls = []\n", ""))
    read = s.read(every)
    assert read.sign_in is not None
    assert len(read.turn.urls) == 2
    for section in (s.RendezvousSettings, s.Turn, s.OpenId):
        for field in msgspec.structs.fields(section):
            assert re.search(rf"^(\[+)?{field.encode_name}\b", every.read_text(), re.MULTILINE), field.encode_name


def test_a_secret_is_the_one_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("word\n")
    assert s.secret(file) == "word"
    for wrong in ("", "one\ntwo\n"):
        file.write_text(wrong)
        with pytest.raises(Fault, match="does not hold one line"):
            s.secret(file)
    with pytest.raises(Fault, match="cannot be read"):
        s.secret(tmp_path / "nowhere")


def test_the_region_s_list_is_checked(tmp_path: Path) -> None:
    file, key = tmp_path / "carts.toml", CartKey.fresh().public
    one = f'[[cart]]\nname = "borne-1"\nkey = "{key}"\n'
    file.write_text(one)
    assert carts.read(file) == {"borne-1": key}
    for wrong, told in (
        (one + one, "two carts have the same name"),
        (one.replace(key, key[:-4]), "the key of borne-1 is none"),
        ("[[cart]]\n", "missing required field"),
        (one + "colour = 1\n", "unknown field"),
    ):
        file.write_text(wrong)
        with pytest.raises(Fault, match=told):
            carts.read(file)
