"""A release from its wheels to a command that runs on the cart: shared, small, and the same bytes whoever makes them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from sync.update import trees
from sync.update.disk import point
from sync.update.manifest import Offer, Rings, number_of
from tests import updates
from tests.updates import Publisher, cart


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher.new(tmp_path / "region")


def said(release: Path) -> str:
    return subprocess.run([release / "bin/telecart"], check=True, capture_output=True, text=True).stdout.strip()


def test_a_release_is_fetched_installed_and_runs_wherever_it_is_moved(publisher: Publisher, tmp_path: Path) -> None:
    publisher.first()
    with updates.web(publisher.repository.folder) as server:
        one = cart(tmp_path / "opt", publisher, server.url)
        release = one.install()
    assert said(one.shelf.releases / release.id) == "release 1.0 one"
    point(one.shelf.current, f"releases/{release.id}")
    assert said(one.shelf.current) == "release 1.0 one"
    (tmp_path / "opt").rename(tmp_path / "elsewhere")
    assert said(tmp_path / "elsewhere/current") == "release 1.0 one"
    assert not list((tmp_path / "elsewhere/parts").iterdir())


def test_the_next_release_is_a_difference_and_shares_what_is_the_same(publisher: Publisher, tmp_path: Path) -> None:
    publisher.first()
    ballast = os.urandom(200_000)
    publisher.build(
        "1.1",
        [
            updates.our_wheel(publisher.wheels, "1.1", "release 1.1"),
            updates.part_wheel(publisher.wheels, "2", "two", ballast),
        ],
        ["1.0"],
    )
    publisher.offer("1.1")
    publisher.publish()
    with updates.web(publisher.repository.folder) as server:
        one = cart(tmp_path / "opt", publisher, server.url)
        one.install()
        publisher.build(
            "1.2",
            [
                updates.our_wheel(publisher.wheels, "1.2", "release 1.2"),
                updates.part_wheel(publisher.wheels, "3", "three", ballast),
            ],
            ["1.1"],
        )
        publisher.offer("1.2")
        publisher.publish()
        server.asked.clear()
        release = one.install()
    part = next(wheel for wheel in release.wheels if wheel.name == "part")
    assert part.deltas[0].file.size < 2000 < 200_000 < part.whole.size
    assert f"/objects/{part.deltas[0].file.sha256}" in server.asked
    assert f"/objects/{part.whole.sha256}" not in server.asked
    assert said(one.shelf.releases / "1.2") == "release 1.2 three"
    same = f"lib/python{updates.PYTHON}/site-packages/part/ballast.bin"
    assert (one.shelf.releases / "1.2" / same).read_bytes() == ballast
    # of the wheel before and of this one, each as it is on the shelf and in its release
    assert (one.shelf.releases / "1.2" / same).stat().st_nlink == 4
    assert (one.shelf.releases / "1.2" / same).samefile(one.shelf.releases / "1.1" / same)


def test_a_wheel_that_two_releases_have_lies_there_once_and_goes_with_the_last(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.first()
    one = cart(tmp_path / "opt", publisher, publisher.repository.folder.as_uri())
    one.install()
    publisher.build(
        "1.1",
        [updates.our_wheel(publisher.wheels, "1.1", "release 1.1"), publisher.wheels / "part-1-py3-none-any.whl"],
        ["1.0"],
    )
    publisher.offer("1.1")
    publisher.publish()
    one.install()
    ballast = [
        one.shelf.releases / name / f"lib/python{updates.PYTHON}/site-packages/part/ballast.bin"
        for name in ("1.0", "1.1")
    ]
    assert ballast[0].samefile(ballast[1])
    assert len(list(one.shelf.wheels.iterdir())) == 3
    one.shelf.tidy({"1.1"})
    assert one.shelf.installed() == ["1.1"]
    assert len(list(one.shelf.wheels.iterdir())) == 2
    assert said(one.shelf.releases / "1.1") == "release 1.1 one"


def test_an_archive_is_the_same_bytes_from_the_wheel_and_from_what_it_was_unpacked_to(tmp_path: Path) -> None:
    made = updates.part_wheel(tmp_path, "1", "one", b"ballast")
    trees.of_wheel(made, tmp_path / "tree")
    trees.unpack(tmp_path / "tree", tmp_path / "files", 1 << 20)
    (tmp_path / "files/part/__pycache__").mkdir()
    (tmp_path / "files/part/__pycache__/x.pyc").write_bytes(b"compiled")
    trees.of_folder(tmp_path / "files", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "tree").read_bytes()


def test_the_list_of_components_names_each_wheel_with_its_hash(publisher: Publisher) -> None:
    release = publisher.first()
    told = json.loads((publisher.repository.objects / release.bom.sha256).read_bytes())
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    found = {one["name"]: one["hashes"] for one in told["components"]}
    assert found == {one.name: [{"alg": "SHA-256", "content": one.sha256}] for one in release.wheels}


def test_rings_widen_from_the_canaries_over_ten_in_a_hundred_to_everybody() -> None:
    carts = [f"cart-{at}" for at in range(2000)]
    rings = Rings(
        format=1,
        canary=Offer(release="3"),
        tenth=Offer(release="2"),
        everyone=Offer(release="1", debian="20261120T000000Z"),
        canaries=("cart-by-name",),
    )
    got = {name: rings.of(name) for name in [*carts, "cart-by-name"]}
    by_release = {release: [name for name, one in got.items() if one and one.release == release] for release in "123"}
    assert "cart-by-name" in by_release["3"]
    assert all(number_of(name) < 10 for name in by_release["2"])
    assert 0.07 < len(by_release["2"]) / len(carts) < 0.11
    assert all(number_of(name) >= 10 for name in by_release["1"])
    assert Rings(format=1, everyone=Offer(release="1")).of("cart-by-name") == Offer(release="1")
    assert Rings(format=1, canary=Offer(release="3")).of(by_release["1"][0]) is None
