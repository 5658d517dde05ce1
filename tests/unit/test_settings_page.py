"""What the page of settings says of the cart: from the kernel's own files to plain words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge import settings as s
from edge.door import messages as m
from edge.mains.about import About, interfaces
from edge.mains.clock import SystemClock
from ui.bedside.cart_settings import settings
from ui.bedside.invented_opinion import ABOUT, SETTINGS_SCENES
from ui.bedside.locales import LANGUAGES
from ui.bedside.picture import SCENES

_SIX = """fe800000000000000000000000000001 02 40 20 80 telecart9
20010db8000000000000000000000017 02 40 00 80 telecart9
00000000000000000000000000000001 01 80 10 80       lo
no address at all
"""


def _kernel(folder: Path) -> tuple[Path, Path]:
    for name, state, carrier in (("lo", "unknown", "1"), ("telecart9", "unknown", "1"), ("telecart8", "down", "0")):
        (folder / "net" / name).mkdir(parents=True)
        (folder / "net" / name / "operstate").write_text(f"{state}\n")
        (folder / "net" / name / "carrier").write_text(f"{carrier}\n")
    (folder / "if_inet6").write_text(_SIX)
    return folder / "net", folder / "if_inet6"


def test_interfaces_are_told_with_what_leads_to_them(tmp_path: Path) -> None:
    assert interfaces(*_kernel(tmp_path)) == (
        m.InterfaceCard(name="telecart8", up=False),
        m.InterfaceCard(name="telecart9", up=True, addresses=("2001:db8::17",)),
    )


def test_where_the_kernel_shows_none_there_are_none(tmp_path: Path) -> None:
    assert interfaces(tmp_path / "nowhere", tmp_path / "nothing") == ()


def test_the_network_is_looked_at_every_few_seconds_and_not_more_often(tmp_path: Path) -> None:
    net, six = _kernel(tmp_path)
    now = [0.0]
    about = About(s.Settings(), SystemClock(), net, six, lambda: now[0])
    bare = m.Snapshot(cart="Borne", demo=False, clock="")
    assert [one.up for one in about.upon(bare).about.interfaces] == [False, True]
    (net / "telecart8" / "operstate").write_text("up\n")
    assert [one.up for one in about.upon(bare).about.interfaces] == [False, True]
    now[0] += 10.0
    assert [one.up for one in about.upon(bare).about.interfaces] == [True, True]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_in_whole_lines_and_what_is_well_is_not(language: str) -> None:
    words = LANGUAGES[language]()
    well, wrong = (settings(SCENES[name][0], words, "14:32", 0.0) for name in SETTINGS_SCENES)
    assert well.wrong == ()
    assert len(wrong.wrong) == 3
    assert any("pacs" in line for line in wrong.wrong)
    assert {what for what, _ in well.facts} == {what for what, _ in wrong.facts}
    assert all(value for _, value in well.facts)


def test_a_device_that_is_not_believed_is_to_be_looked_at() -> None:
    device = m.DeviceCard(id="a", label="Tensiomètre", model="cuff", connected=True, trusted=False)
    snapshot = m.Snapshot(
        cart="Borne", demo=False, clock="", devices=(device,), about=msgspec.structs.replace(ABOUT, clock_trusted=True)
    )
    (line,) = settings(snapshot, LANGUAGES["fr"](), "14:32", 0.0).wrong
    assert "Tensiomètre" in line
