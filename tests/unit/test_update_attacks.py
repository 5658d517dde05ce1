"""What a repository, a line or a clock can do to a cart: each is refused, with a line that says what happened (T18, T19)."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import tarfile
from pathlib import Path

import msgspec
import pytest

from edge.domain.fault import Fault, Reason
from sync.update import building, manifest, signing, trees
from sync.update.manifest import Offer, Release, Rings, Stored
from tests import updates
from tests.updates import NOW, ONLINE, ROOTS, TARGETS, Cart, Publisher, cart, refusal

LATER = NOW + dt.timedelta(days=400)


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    made = Publisher.new(tmp_path / "region")
    made.first()
    return made


@pytest.fixture
def one(tmp_path: Path, publisher: Publisher) -> Cart:
    """A cart that reads the repository as a folder."""
    return cart(tmp_path / "opt", publisher, publisher.repository.folder.as_uri())


def metadata(publisher: Publisher, name: str) -> Path:
    return publisher.repository.metadata / name


def flipped(path: Path, at: int = -9) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def objects(publisher: Publisher) -> list[Path]:
    return sorted(publisher.repository.objects.iterdir(), key=lambda path: path.stat().st_size)


@pytest.mark.hazard("T18", without="tests.controls_update:any_bytes_are_the_file")
def test_a_flipped_byte_in_a_wheel_is_refused_and_the_whole_one_is_fetched_anew(
    publisher: Publisher, one: Cart
) -> None:
    whole = {path: path.read_bytes() for path in objects(publisher)}
    for path, content in whole.items():
        flipped(path, len(content) // 2)
    with pytest.raises(Fault, match="is not what was signed") as told:
        one.install()
    assert told.value.reason is Reason.UPDATE_REFUSED
    assert one.shelf.installed() == []
    for path, content in whole.items():
        path.write_bytes(content)
    assert one.install().id == "1.0"


@pytest.mark.hazard("T18", without="tests.controls_update:any_bytes_are_the_file")
def test_a_flipped_byte_in_a_manifest_is_refused(publisher: Publisher, one: Cart) -> None:
    (path,) = publisher.repository.targets.glob("releases/1.0/*.json")
    path.write_bytes(path.read_bytes().replace(b'"reader": 2', b'"reader": 3'))
    with pytest.raises(Fault, match="a file is not what was signed"):
        one.install()


@pytest.mark.hazard("T18", without="tests.controls_update:any_signature_will_do")
def test_an_edited_timestamp_is_refused(publisher: Publisher, one: Cart) -> None:
    path = metadata(publisher, "timestamp.json")
    path.write_bytes(path.read_bytes().replace(b'"expires":"2026', b'"expires":"2036'))
    with pytest.raises(Fault, match="not signed by enough of the keys"):
        one.believe()


@pytest.mark.hazard("T18", without="tests.controls_update:no_file_is_too_long")
def test_a_file_that_does_not_end_is_refused_and_fills_no_disk(publisher: Publisher, tmp_path: Path) -> None:
    with updates.web(publisher.repository.folder) as server:
        one = cart(tmp_path / "opt", publisher, server.url)
        server.endless = {f"/objects/{path.name}" for path in objects(publisher)}
        with pytest.raises(Fault, match="a file does not end after its"):
            one.install()
    assert sum(path.stat().st_size for path in one.shelf.parts.iterdir()) < 1 << 20


def test_metadata_that_does_not_end_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    with updates.web(publisher.repository.folder) as server:
        one = cart(tmp_path / "opt", publisher, server.url)
        server.endless = {"/metadata/timestamp.json"}
        with pytest.raises(Fault, match="a file does not end where it has to"):
            one.believe()


@pytest.mark.hazard("T18", without="tests.controls_update:any_bytes_are_the_file")
def test_a_truncated_file_is_refused_and_what_came_of_it_stays_for_the_next_try(
    publisher: Publisher, one: Cart
) -> None:
    whole = {path: path.read_bytes() for path in objects(publisher)}
    for path, content in whole.items():
        path.write_bytes(content[: len(content) // 2])
    with pytest.raises(Fault, match=r"a file ends after \d+ of \d+ bytes"):
        one.install()
    (part,) = one.shelf.parts.iterdir()
    assert part.stat().st_size == len(whole[publisher.repository.objects / part.name]) // 2
    for path, content in whole.items():
        path.write_bytes(content)
    assert one.install().id == "1.0"


@pytest.mark.hazard("T18", without="tests.controls_update:versions_may_fall")
def test_an_old_repository_replayed_is_refused(publisher: Publisher, one: Cart, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(publisher.repository.folder, old)
    publisher.ring(Rings(format=1))
    publisher.publish()
    assert one.believe().rings == Rings(format=1)
    one.url = old.as_uri()
    with pytest.raises(Fault, match="it is older than what this cart has seen"):
        one.believe()


@pytest.mark.hazard("T18", without="tests.controls_update:any_signature_will_do")
def test_one_signature_of_two_is_refused_by_the_cart(
    publisher: Publisher, one: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.ring(Rings(format=1))
    # whoever has stolen one key of targets and that of the timestamp does not ask our publisher
    with monkeypatch.context() as stolen:
        stolen.setattr(signing, "_enough", lambda *_: None)
        publisher.publish(signers=TARGETS[:1])
    with pytest.raises(Fault, match="not signed by enough of the keys"):
        one.believe()


def test_one_signature_of_two_is_not_published(publisher: Publisher, one: Cart) -> None:
    publisher.ring(Rings(format=1))
    with pytest.raises(Fault, match="targets is not signed by enough of its keys"):
        publisher.publish(signers=TARGETS[:1])
    assert one.install().id == "1.0"


@pytest.mark.hazard("T18", without="tests.controls_update:nothing_expires")
def test_a_timestamp_that_nobody_renewed_is_refused(one: Cart) -> None:
    one.clock = NOW + dt.timedelta(days=8)
    with pytest.raises(Fault, match="what is signed there is too old"):
        one.believe()


@pytest.mark.hazard("T18", without="tests.controls_update:no_floor")
def test_what_was_signed_a_year_ago_is_refused_where_the_clock_is_a_year_behind(
    publisher: Publisher, one: Cart, tmp_path: Path
) -> None:
    frozen = tmp_path / "frozen"
    shutil.copytree(publisher.repository.folder, frozen)
    publisher.first("2.0")
    publisher.repository.stage_targets(publisher.repository.published().targets, LATER)
    publisher.repository.rotate("timestamp", publisher.public(ONLINE), publisher.public(ONLINE), LATER)
    publisher.sign(*ROOTS[:2])
    publisher.publish(LATER)
    one.clock = LATER
    one.believe()
    # a cart without a clock of its own wakes up where its files say, on the day of its last shutdown or long before it
    one.clock = NOW
    for left in one.shelf.metadata.glob("*.json"):
        left.unlink()
    one.url = frozen.as_uri()
    with pytest.raises(Fault, match="what is signed there is too old"):
        one.believe()


def test_a_clock_that_ran_ahead_once_shuts_nobody_out(publisher: Publisher, one: Cart) -> None:
    one.clock = NOW + dt.timedelta(days=6)
    one.believe()
    assert one.shelf.state().floor <= NOW + dt.timedelta(days=signing.TIMESTAMP_DAYS)
    publisher.repository.stamp(publisher.keys / ONLINE, NOW + dt.timedelta(days=1))
    one.clock = NOW + dt.timedelta(days=1)
    one.believe()


def other(release: Release, **changes: object) -> bytes:
    return manifest.written(msgspec.structs.replace(release, **changes))


@pytest.mark.hazard("T18", without="tests.controls_update:any_machine")
def test_a_release_for_another_machine_is_refused(publisher: Publisher, one: Cart) -> None:
    release = publisher.build("2.0", list(publisher.wheels.glob("*.whl")))
    another = "aarch64" if updates.MACHINE == "x86_64" else "x86_64"
    place = manifest.place("2.0", updates.MACHINE, updates.PYTHON)
    publisher.repository.add(place, other(release, machine=another), NOW)
    publisher.offer("2.0")
    publisher.publish()
    with pytest.raises(Fault, match=f"the release is for {another}"):
        one.install()


@pytest.mark.hazard("T18", without="tests.controls_update:any_machine")
def test_a_wheel_for_another_machine_in_a_release_for_ours_is_refused(publisher: Publisher, one: Cart) -> None:
    release = publisher.build("2.0", list(publisher.wheels.glob("*.whl")))
    another = "aarch64" if updates.MACHINE == "x86_64" else "x86_64"
    wheels = (
        msgspec.structs.replace(release.wheels[0], file=f"telecart-1.0-cp311-cp311-manylinux_2_28_{another}.whl"),
    )
    place = manifest.place("2.0", updates.MACHINE, updates.PYTHON)
    publisher.repository.add(place, other(release, wheels=(*wheels, *release.wheels[1:])), NOW)
    publisher.offer("2.0")
    publisher.publish()
    with pytest.raises(Fault, match="does not run on"):
        one.install()


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/x", "1/../../x", "1..2", "", "a" * 50])
@pytest.mark.hazard("T18", without="tests.controls_update:any_name_of_a_release")
def test_a_release_whose_name_leads_elsewhere_is_refused(publisher: Publisher, name: str) -> None:
    (path,) = publisher.repository.targets.glob("releases/1.0/*.json")
    raw = path.read_bytes().replace(b'"id": "1.0"', b'"id": ' + msgspec.json.encode(name))
    with pytest.raises(Fault, match=r"the signed release cannot be used") as told:
        manifest.read(Release, raw)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("sha256", ["../../etc/x" + "0" * 53, "A" * 64, "0" * 63, "/" + "0" * 63])
def test_a_file_that_is_not_named_by_a_hash_is_refused(publisher: Publisher, sha256: str) -> None:
    (path,) = publisher.repository.targets.glob("releases/1.0/*.json")
    release = manifest.read(Release, path.read_bytes())
    raw = path.read_bytes().replace(release.wheels[0].tree.sha256.encode(), sha256.encode())
    with pytest.raises(Fault, match="not named by its hash"):
        manifest.read(Release, raw)


def archive(to: Path, *entries: tuple[str, bytes, str]) -> Path:
    """(name, kind of tarfile, content or where it points)."""
    with tarfile.open(to, "w:") as file:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            if kind == tarfile.REGTYPE:
                entry.size = len(content)
                file.addfile(entry, io.BytesIO(content.encode()))
            else:
                entry.linkname = content
                file.addfile(entry)
    return to


@pytest.mark.parametrize(
    "entries",
    [
        [("../outside", tarfile.REGTYPE, "x")],
        [("a/../../outside", tarfile.REGTYPE, "x")],
        [("link", tarfile.SYMTYPE, "../outside")],
        [("link", tarfile.SYMTYPE, ".."), ("link/outside", tarfile.REGTYPE, "x")],
        [("link", tarfile.LNKTYPE, "../there")],
        [("pipe", tarfile.FIFOTYPE, "")],
    ],
    ids=["up", "down-and-up", "symlink", "through-a-symlink", "hard-link", "pipe"],
)
@pytest.mark.hazard("T18", without="tests.controls_update:archives_are_unpacked_as_they_are")
def test_a_link_or_a_name_that_leads_out_of_the_folder_is_refused(
    tmp_path: Path, entries: list[tuple[str, bytes, str]]
) -> None:
    (tmp_path / "there").write_text("somebody's")
    made = archive(tmp_path / "tree", *entries)
    with pytest.raises(Fault, match=r"holds (a link or a device|a file outside its folder)"):
        trees.unpack(made, tmp_path / "files", 1 << 20)
    assert not (tmp_path / "outside").exists()


def test_an_archive_that_holds_more_than_it_says_is_refused(tmp_path: Path) -> None:
    made = archive(tmp_path / "tree", ("large", tarfile.REGTYPE, "x" * 5000))
    with pytest.raises(Fault, match="more than it says"):
        trees.unpack(made, tmp_path / "files", 4999)


def test_a_wheel_with_a_file_outside_its_folder_is_not_built(publisher: Publisher) -> None:
    odd = updates.wheel(publisher.wheels, "odd", "1", {"../../outside": "x"})
    with pytest.raises(Fault, match="a file outside its folder"):
        publisher.build("2.0", [odd])


@pytest.mark.hazard("T18", without="tests.controls_update:any_signature_will_do")
def test_a_key_that_was_revoked_signs_nothing_any_more_and_the_new_one_does(publisher: Publisher, one: Cart) -> None:
    one.believe()
    signing.make_key(publisher.keys / "targets-4")
    publisher.repository.rotate("targets", publisher.public("targets-1"), publisher.public("targets-4"), NOW)
    publisher.sign("root-1", "root-2", "targets-2", "targets-4")
    publisher.repository.publish(publisher.keys / ONLINE, NOW)
    assert one.believe().rings is not None
    publisher.ring(Rings(format=1))
    stolen = signing.private(publisher.keys / "targets-1")
    staged = publisher.repository.staged / "targets.json"
    signed = signing._read(signing.Targets, staged)
    signed.sign(stolen, append=True)
    signed.sign(signing.private(publisher.keys / "targets-2"), append=True)
    staged.write_bytes(signed.to_bytes())
    with pytest.MonkeyPatch.context() as publishing:
        publishing.setattr(signing, "_enough", lambda *_: None)
        publisher.repository.publish(publisher.keys / ONLINE, NOW)
    with pytest.raises(Fault, match="not signed by enough of the keys"):
        one.believe()


def test_a_cart_that_slept_through_rotations_of_every_key_follows_them_one_by_one(
    publisher: Publisher, one: Cart
) -> None:
    for at, (role, gone) in enumerate(
        [("root", "root-1"), ("root", "root-2"), ("root", "root-3"), ("timestamp", ONLINE)]
    ):
        new = f"new-{at}"
        signing.make_key(publisher.keys / new)
        publisher.repository.rotate(role, publisher.public(gone), publisher.public(new), NOW)
        publisher.sign(*ROOTS, *(f"new-{one}" for one in range(at + 1)))
        online = new if role == "timestamp" else ONLINE
        publisher.repository.publish(publisher.keys / online, NOW)
    assert one.install().id == "1.0"


def test_a_root_that_the_old_keys_did_not_sign_is_not_published(publisher: Publisher) -> None:
    signing.make_key(publisher.keys / "root-4")
    publisher.repository.rotate("root", publisher.public("root-1"), publisher.public("root-4"), NOW)
    publisher.sign("root-4", "root-2")
    assert "root is not signed by enough" in refusal(lambda: publisher.repository.publish(publisher.keys / ONLINE, NOW))


@pytest.mark.hazard("T19", without="tests.controls_update:another_wheel_is_taken")
def test_a_wheel_that_is_not_the_locked_one_is_not_built_into_a_release(publisher: Publisher, tmp_path: Path) -> None:
    wheel = updates.part_wheel(publisher.wheels, "7", "seven")
    wanted = updates.locked(wheel)
    updates.part_wheel(publisher.wheels, "7", "poison")
    plan = building.Plan("2.0", "2.0", updates.MACHINE, updates.PYTHON, 2, NOW)
    with pytest.raises(Fault, match="is not the wheel that was locked"):
        building.build(publisher.repository, plan, [wanted], {"part": wheel}, [], lambda _: None)


def test_a_stick_without_a_repository_and_a_server_that_is_gone_are_told_apart(
    publisher: Publisher, tmp_path: Path
) -> None:
    empty = tmp_path / "stick"
    empty.mkdir()
    assert "the repository has not all it should have" in refusal(
        cart(tmp_path / "a", publisher, empty.as_uri()).believe
    )
    with updates.web(tmp_path) as server:
        gone = server.url
    assert "the repository cannot be read" in refusal(cart(tmp_path / "b", publisher, gone).believe)


def test_a_wheel_with_a_long_name_is_one_and_a_path_is_none(publisher: Publisher) -> None:
    (path,) = publisher.repository.targets.glob("releases/1.0/*.json")
    wheel = manifest.read(Release, path.read_bytes()).wheels[0]
    tags = "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64"
    long = msgspec.structs.replace(wheel, file=f"charset_normalizer-3.5.2-{tags}.whl")
    assert msgspec.json.decode(msgspec.json.encode(long), type=type(wheel)) == long
    for odd in ({"file": "../x-1-py3-none-any.whl"}, {"version": "1/2"}, {"name": "../x"}, {"sha256": "0"}):
        with pytest.raises(ValueError, match=r"none|no wheel|hash"):
            msgspec.structs.replace(wheel, **odd)


def test_an_offer_cannot_name_a_path() -> None:
    with pytest.raises(ValueError, match="whose name is none"):
        Offer(release="../x")
    with pytest.raises(ValueError, match="credible size"):
        Stored(sha256="0" * 64, size=1 << 40)
