"""What the documents point at exists: files, targets of make, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ +)make ([a-z-]+)", document.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_exists(document: Path) -> None:
    named = set(re.findall(r"`telecart (?:--data DIR )?([a-z]+)", document.read_text()))
    assert named <= set(cli.main.commands)


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "systemd").glob("*.service")))
def test_every_unit_starts_a_command_that_exists(unit: str) -> None:
    started = re.findall(
        r"^ExecStart=.*/bin/telecart (\w+)(?: \w+)*$", (ROOT / "systemd" / unit).read_text(), re.MULTILINE
    )
    assert len(started) == 1
    assert started[0] in cli.main.commands
