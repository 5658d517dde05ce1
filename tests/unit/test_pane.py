"""The rectangles that the screen keeps free are those of the compositor's rules, on every display."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from textual.geometry import Region, Size

from drivers.link import window_mpv
from edge.mains import windows
from ui.bedside import pane

KIOSK = Path(__file__).parents[2] / "systemd/kiosk"
RULES = ET.parse(KIOSK / "labwc/rc.xml").getroot()
PLACES = {"small": pane.SMALL, "large": pane.LARGE}
WINDOWS = {
    windows.CAMERA: "small",
    windows.SPECIALIST: "small",
    windows.SPECIALIST_LARGE: "large",
    windows.STILL: "large",
}


def test_the_rules_name_the_same_rectangles() -> None:
    found = {one.get("name"): one.attrib for one in RULES.iter("region")}
    assert found.keys() == PLACES.keys()
    for name, share in PLACES.items():
        figures = {"x": share.x, "y": share.y, "width": share.width, "height": share.height}
        assert {key: found[name][key] for key in figures} == {key: f"{value}%" for key, value in figures.items()}


@pytest.mark.parametrize("app_id", WINDOWS)
def test_every_window_has_its_place_above_and_takes_no_focus(app_id: str) -> None:
    [rule] = [one for one in RULES.iter("windowRule") if one.get("identifier") == app_id]
    actions = [(one.get("name"), one.get("region")) for one in rule if one.tag == "action"]
    assert actions == [("SnapToRegion", WINDOWS[app_id]), ("ToggleAlwaysOnTop", None), ("Unfocus", None)]
    assert rule.get("fixedPosition") == "yes"
    [any_window] = [one for one in RULES.iter("windowRule") if one.get("identifier") == "*"]
    assert (any_window.get("serverDecoration"), any_window.get("ignoreFocusRequest")) == ("no", "yes")
    assert f"--wayland-app-id={app_id}" in window_mpv.command(app_id, 2, 2)


def test_no_key_no_finger_and_no_menu_starts_anything() -> None:
    bound = [one for one in RULES.iter() if one.tag in {"keybind", "mousebind"}]
    # with none of a kind the compositor would take its own
    assert {one.tag for one in bound} == {"keybind", "mousebind"}
    assert {action.get("name") for one in bound for action in one} == {"None"}
    assert not list(RULES.iter("default"))
    assert not [one for one in RULES.iter("action") if one.get("name") in {"Execute", "ShowMenu", "Exit"}]
    menu = ET.parse(KIOSK / "labwc/menu.xml").getroot()
    assert not list(menu)
    assert not (KIOSK / "labwc/autostart").exists()


@pytest.mark.parametrize("share", PLACES.values(), ids=list(PLACES))
@given(st.integers(60, 400), st.integers(20, 120), st.integers(4, 60), st.integers(8, 120), st.data())
def test_no_pixel_of_a_window_lies_outside_its_cells(
    share: pane.Share, columns: int, rows: int, across: int, down: int, data: st.DataObject
) -> None:
    """The display may be larger than its cells, by less than one."""
    width = columns * across + data.draw(st.integers(0, across - 1))
    height = rows * down + data.draw(st.integers(0, down - 1))
    # as the compositor reckons, in whole pixels
    left, top = share.x * width // 100, share.y * height // 100
    right, bottom = left + share.width * width // 100, top + share.height * height // 100
    kept = pane.cells(share, Size(columns, rows))
    assert kept.x * across <= left
    assert kept.y * down <= top
    assert right <= kept.right * across or kept.right == columns
    assert bottom <= kept.bottom * down or kept.bottom == rows
    assert Region(0, 0, columns, rows).contains_region(kept)


def test_a_place_that_is_not_free_does_not_fit() -> None:
    size = Size(106, 33)
    kept = pane.cells(pane.SMALL, size)
    assert pane.fits(pane.SMALL, size, kept)
    assert not pane.fits(pane.SMALL, size, kept.shrink((1, 0, 0, 0)))
    assert not pane.fits(pane.SMALL, size, Region())


@pytest.mark.parametrize("name", ["default", "left_ptr", "text", "pointer"])
def test_the_pointer_of_a_touched_display_is_empty(name: str) -> None:
    """libXcursor's file format, Xcursor(3): header, one entry of its table, one image."""
    icons = KIOSK / "labwc/icons"
    said = dict(line.split("=", 1) for line in (KIOSK / "labwc/environment").read_text().splitlines() if line[0] != "#")
    assert (said["XCURSOR_PATH"], (icons / said["XCURSOR_THEME"] / "index.theme").exists()) == (
        "/etc/telecart/labwc/icons",
        True,
    )
    content = (icons / said["XCURSOR_THEME"] / "cursors" / name).read_bytes()
    assert content[:4] == b"Xcur"
    _, _, entries, kind, size, position = struct.unpack_from("<6I", content, 4)
    assert (entries, kind) == (1, 0xFFFD0002)
    image = struct.unpack_from("<9I", content, position)
    assert image[:6] == (36, 0xFFFD0002, size, 1, 1, 1)
    assert content[position + 36 :] == bytes(4)
