"""`telecart users`: from a site's key and list to who may sign in at a cart, with the commands as they are run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIST = """
site = "EHPAD"
number = {number}
expires = 2099-12-31

[[user]]
id = "c.leroy"
name = "Camille LEROY"
role = "infirmier"
rpps = "10001234567"
badge = "04A2241A5C6180"
"""


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "telecart.toml"
        self.list = folder / "staff.toml"

    def telecart(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "edge.cli", "--data", str(self.folder / "data"), *arguments],
            env=os.environ | {"TELECART_CONFIG": str(self.config)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def write(self, number: int, text: str = LIST) -> None:
        self.list.write_text(text.format(number=number), encoding="utf-8")
        signed = self.telecart("users", "sign", str(self.list), "--key", str(self.folder / "site.key"))
        assert signed.returncode == 0, signed.stderr


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    found.config.write_text("demo = true\n")
    printed = found.telecart("users", "key", "--out", str(tmp_path / "site.key"))
    assert printed.returncode == 0, printed.stderr
    assert (tmp_path / "site.key").stat().st_mode & 0o777 == 0o600
    found.config.write_text(f"demo = true\n{printed.stdout}")
    return found


def test_a_list_is_taken_in_once_and_its_successor_replaces_it(site: Site) -> None:
    site.write(3)
    for _ in range(2):
        taken = site.telecart("users", "import", str(site.list), "--json")
        assert taken.returncode == 0, taken.stderr
        assert json.loads(taken.stdout) == {"number": 3, "people": 1, "gone": 0, "expires": "2099-12-31"}
    (person,) = json.loads(site.telecart("users", "list", "--json").stdout)
    assert (person["id"], person["role"], person["rpps"]) == ("c.leroy", "infirmier", "10001234567")
    site.write(4, LIST.partition("[[user]]")[0])
    assert "1 no longer" in site.telecart("users", "import", str(site.list)).stdout
    assert json.loads(site.telecart("users", "list", "--json").stdout) == []
    trail = site.telecart("audit", "list").stdout
    assert trail.count("staff") == 2
    assert "LEROY" not in trail


def test_an_older_list_a_foreign_hand_and_an_old_day_are_refused_with_one_line(site: Site) -> None:
    site.write(3)
    assert site.telecart("users", "import", str(site.list)).returncode == 0
    site.write(2)
    older = site.telecart("users", "import", str(site.list))
    assert (older.returncode, older.stderr.count("\n")) == (1, 1)
    assert "not newer" in older.stderr
    site.write(5, LIST.replace("2099", "2020"))
    assert "ended on 2020-12-31" in site.telecart("users", "import", str(site.list)).stderr
    site.write(6)
    site.list.write_text(site.list.read_text().replace("infirmier", "admin"))
    foreign = site.telecart("users", "import", str(site.list))
    assert (foreign.returncode, foreign.stderr.count("\n")) == (1, 1)
    assert "signature" in foreign.stderr
    assert json.loads(site.telecart("users", "list", "--json").stdout)[0]["role"] == "infirmier"


def test_a_key_is_never_written_over(site: Site) -> None:
    again = site.telecart("users", "key", "--out", str(site.folder / "site.key"))
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)


def test_a_pin_is_taken_away_from_somebody_only(site: Site) -> None:
    site.write(1)
    assert site.telecart("users", "import", str(site.list)).returncode == 0
    assert site.telecart("users", "reset-pin", "c.leroy").returncode == 0
    assert site.telecart("users", "reset-pin", "nobody").returncode == 1
