"""Lines that break, and locks: what came is not asked for again, and each wheel that carts need is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from sync.update import locked, manifest
from sync.update.fetching import Line
from sync.update.manifest import Stored
from sync.update.trees import digest
from tests import updates

ROOT = Path(__file__).parents[2]


def stored(path: Path) -> Stored:
    sha256, size = digest(path)
    return Stored(sha256=sha256, size=size)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "web/large"
    path.parent.mkdir()
    path.write_bytes(os.urandom(2_000_000))
    return path


def test_a_line_that_breaks_again_and_again_goes_on_where_it_broke(large: Path, tmp_path: Path) -> None:
    with updates.web(large.parent) as server, Line(quiet=20) as line:
        server.cut_after = 300_000
        line.download(f"{server.url}/large", stored(large), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == large.read_bytes()
    assert line.received <= 2_000_000 * 1.05
    assert len(server.asked) >= 7


def test_what_a_process_left_behind_is_not_fetched_again(large: Path, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(large.read_bytes()[:1_500_000])
    with updates.web(large.parent) as server, Line(quiet=20) as line:
        line.download(f"{server.url}/large", stored(large), tmp_path / "part")
        assert line.received == 500_000
        line.download(f"{server.url}/large", stored(large), tmp_path / "part")
        assert line.received == 500_000
    assert (tmp_path / "part").read_bytes() == large.read_bytes()


def test_a_wrong_part_from_before_is_thrown_away_and_fetched_anew(large: Path, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x" * 1_500_000)
    with updates.web(large.parent) as server, Line(quiet=20) as line:
        with pytest.raises(Fault, match="is not what was signed"):
            line.download(f"{server.url}/large", stored(large), tmp_path / "part")
        line.download(f"{server.url}/large", stored(large), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == large.read_bytes()


def test_a_line_that_brings_nothing_any_more_is_told_and_what_came_stays(large: Path, tmp_path: Path) -> None:
    wanted = stored(large)
    with updates.web(large.parent) as server:
        gone = server.url
    (tmp_path / "part").write_bytes(large.read_bytes()[:1000])
    with Line(quiet=20) as line, pytest.raises(Fault, match="the line breaks at byte 1000") as told:
        line.download(f"{gone}/large", wanted, tmp_path / "part")
    assert told.value.reason is Reason.DESTINATION_UNREACHABLE
    assert (tmp_path / "part").stat().st_size == 1000


def test_the_same_from_a_stick(large: Path, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(large.read_bytes()[:1_500_000])
    with Line() as line:
        line.download(large.as_uri(), stored(large), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == large.read_bytes()


@pytest.mark.parametrize("python", ["3.11", "3.13"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_package_that_is_locked_has_a_wheel_for_each_cart(machine: str, python: str) -> None:
    found = {one.name: one for one in locked.wheels(ROOT / "uv.lock", machine, python)}
    assert {"textual", "numpy", "sqlcipher3", "tuf", "rich"} <= found.keys()
    assert not {"pytest", "bumble", "telecart"} & found.keys()
    assert all(len(one.sha256) == 64 and one.size and one.url.startswith("https://") for one in found.values())
    assert all(manifest._fits(one.file, machine, python) for one in found.values())
    assert all(set(one.needs) <= found.keys() for one in found.values())
    another = "aarch64" if machine == "x86_64" else "x86_64"
    assert not manifest._fits(found["numpy"].file, another, python)


def test_a_package_without_a_wheel_for_the_cart_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text(
        """
[[package]]
name = "telecart"
version = "1"
dependencies = [{ name = "odd" }]

[[package]]
name = "odd"
version = "1"
wheels = [{ url = "https://example.org/odd-1-cp311-cp311-win_amd64.whl", hash = "sha256:00", size = 1 }]
"""
    )
    assert "odd 1 has no wheel for aarch64 with Python 3.13" in updates.refusal(
        lambda: locked.wheels(lock, "aarch64", "3.13")
    )
