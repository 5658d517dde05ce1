"""`telecart release build`: a release out of uv.lock, our own wheel, and the release before it."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.domain.fault import Fault, Reason
from sync.update import bom, manifest, packing, trees
from sync.update.fetching import Line
from sync.update.locked import Locked
from sync.update.manifest import Delta, Release, Stored, Wheel
from sync.update.signing import Repository

OUR_OWN = "telecart"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is built. ``reader``: which stores it can open. ``now`` in UTC."""

    id: str
    version: str
    machine: str
    python: str
    reader: int
    now: dt.datetime


def build(
    repository: Repository,
    plan: Plan,
    locked: Sequence[Locked],
    wheels: Mapping[str, Path],
    before: Sequence[str],
    say: Callable[[str], None],
) -> Release:
    """Puts the release into ``repository`` and stages it to be signed.

    ``wheels``: where the wheel of each of ``locked`` lies, ours among them. ``before``: the releases from which carts come, whose
    trees differences are made from. Raises Fault(NOT_ALLOWED) where ``plan.id`` is there already,
    Fault(UPDATE_REFUSED) for a wheel that is not the locked one.
    """
    place = manifest.place(plan.id, plan.machine, plan.python)
    if repository.content(place) is not None:
        raise Fault(Reason.NOT_ALLOWED, f"{plan.id} was built already", "give it another name")
    earlier = [one for one in (_earlier(repository, name, plan) for name in before) if one is not None]
    with tempfile.TemporaryDirectory(prefix="release", dir=repository.folder) as scratch:
        work = Path(scratch)
        made = [_wheel(repository, one, wheels[one.name], earlier, work, say) for one in locked]
        listed = work / "bom.json"
        listed.write_bytes(bom.made(plan.id, plan.version, plan.now, locked, wheels))
        release = Release(
            format=manifest.FORMAT,
            id=plan.id,
            number=_next_number(repository),
            built=plan.now.astimezone(dt.UTC).replace(microsecond=0),
            version=plan.version,
            machine=plan.machine,
            python=plan.python,
            reader=plan.reader,
            wheels=tuple(made),
            bom=_kept(repository, listed),
        )
    manifest.refuse_another_machine(release, plan.machine, plan.python)
    repository.add(place, manifest.written(release), plan.now)
    return release


def fetched(locked: Sequence[Locked], folder: Path, line: Line, say: Callable[[str], None]) -> dict[str, Path]:
    """Where each wheel lies: in ``folder``, else fetched there from where the lock says. Each has the locked hash (T19).

    Raises Fault.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for one in locked:
        path = folder / one.file
        if not path.exists():
            if not one.url or not one.size:
                raise Fault(Reason.SETTINGS, f"{one.file} is not in {folder}", "put it there")
            say(f"fetching {one.file}")
            line.download(one.url, Stored(sha256=one.sha256, size=one.size), path)
        refuse_other(one, path)
        found[one.name] = path
    return found


def refuse_other(one: Locked, path: Path) -> None:
    """Raises Fault(UPDATE_REFUSED) for a wheel that has not the hash of the lock."""
    if trees.digest(path)[0] != one.sha256:
        raise Fault(Reason.UPDATE_REFUSED, f"{path.name} is not the wheel that was locked", "fetch it again")


def ours(wheel: Path, needs: Sequence[Locked]) -> Locked:
    """Our own wheel, as if it had been locked."""
    name, version = wheel.name.split("-")[:2]
    if name != OUR_OWN:
        raise Fault(Reason.SETTINGS, f"{wheel.name} is not a wheel of telecart", "build ours: uv build --wheel")
    sha256, size = trees.digest(wheel)
    return Locked(name, version, wheel.name, "", sha256, size, tuple(one.name for one in needs))


def _wheel(
    repository: Repository,
    one: Locked,
    wheel: Path,
    earlier: Sequence[Release],
    work: Path,
    say: Callable[[str], None],
) -> Wheel:
    refuse_other(one, wheel)
    tree = work / "tree"
    trees.of_wheel(wheel, tree)
    sha256, size = trees.digest(tree)
    known = next((old for release in earlier for old in release.wheels if old.tree.sha256 == sha256), None)
    whole = known.whole if known else _packed(repository, tree, work)
    bases = dict.fromkeys(
        old for release in earlier for old in release.wheels if old.name == one.name and old.tree.sha256 != sha256
    )
    deltas = []
    for old in bases:
        delta = _delta(repository, old, tree, work)
        # a difference that saves nothing is none
        if delta.file.size < whole.size:
            deltas.append(delta)
    say(
        f"{one.name} {one.version}: {whole.size} bytes"
        + "".join(f", {delta.file.size} as a difference" for delta in deltas)
    )
    return Wheel(
        name=one.name,
        version=one.version,
        file=one.file,
        sha256=one.sha256,
        tree=Stored(sha256=sha256, size=size),
        whole=whole,
        deltas=tuple(deltas),
    )


def _packed(repository: Repository, tree: Path, work: Path) -> Stored:
    packed = work / "packed"
    packing.whole(tree, packed)
    return _kept(repository, packed)


def _delta(repository: Repository, old: Wheel, tree: Path, work: Path) -> Delta:
    base, made = work / "base", work / "difference"
    packing.unpacked(repository.objects / old.whole.sha256, base, old.tree)
    packing.difference(base, tree, made)
    return Delta(base=old.tree.sha256, file=_kept(repository, made))


def _kept(repository: Repository, made: Path) -> Stored:
    sha256, size = trees.digest(made)
    repository.keep(made)
    return Stored(sha256=sha256, size=size)


def _earlier(repository: Repository, release: str, plan: Plan) -> Release | None:
    raw = repository.content(manifest.place(release, plan.machine, plan.python))
    if raw is None:
        raise Fault(
            Reason.SETTINGS, f"release {release} is not here for {plan.machine}, Python {plan.python}", "name another"
        )
    return manifest.read(Release, raw)


def _next_number(repository: Repository) -> int:
    numbers = [0]
    for place in repository.published().targets:
        if place.startswith("releases/") and (raw := repository.content(place)) is not None:
            numbers.append(manifest.read(Release, raw).number)
    return max(numbers) + 1
