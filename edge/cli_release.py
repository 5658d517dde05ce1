"""`telecart release`: the region's side of updates. A release is built, signed by two, published, and given to one ring after the other."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.argument("repository", type=click.Path(path_type=Path, file_okay=False))
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_KEY = click.option("--key", type=_FILE, required=True, help="The private key.")


@click.group()
def release() -> None:
    """Makes, signs and publishes releases for carts."""


@release.command()
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Makes a signing key in FILE, and FILE.pub beside it."""
    from sync.update import signing

    try:
        signing.make_key(file)
    except FileExistsError as exc:
        raise click.UsageError(f"{file} is there already") from exc
    click.echo(f"{file}.pub")


@release.command()
@_FOLDER
@click.option("--root", "roots", type=_FILE, multiple=True, required=True, help="Three public keys.")
@click.option("--targets", type=_FILE, multiple=True, required=True, help="Three public keys.")
@click.option("--online", type=_FILE, required=True, help="The public key of whoever publishes.")
def init(repository: Path, roots: tuple[Path, ...], targets: tuple[Path, ...], online: Path) -> None:
    """A new REPOSITORY. Two of the root keys have to sign it; its metadata/1.root.json is what carts trust first."""
    from edge.mains.update import now
    from sync.update.signing import Repository

    Repository(repository).begin(roots, targets, online, now())
    click.echo("the first root waits for two signatures: telecart release sign")


@release.command()
@_FOLDER
@click.argument("name")
@click.option("--lock", type=_FILE, default=Path("uv.lock"), help="What is locked.")
@click.option("--own", type=_FILE, required=True, help="Our own wheel (uv build --wheel).")
@click.option("--wheels", type=click.Path(path_type=Path), required=True, help="Where wheels lie, or are fetched to.")
@click.option("--machine", type=click.Choice(["aarch64", "x86_64"]), default="aarch64")
@click.option("--python", "python", default="3.13", help="Of the carts: 3.13 on Debian 13, 3.11 on Debian 12.")
@click.option(
    "--from", "before", multiple=True, metavar="RELEASE", help="Releases that carts have: differences are made."
)
@click.option("--ca", type=_FILE, help="Who signed the package index' certificate.")
@click.option("--proxy", default="")
def build(
    repository: Path,
    name: str,
    lock: Path,
    own: Path,
    wheels: Path,
    machine: str,
    python: str,
    before: tuple[str, ...],
    ca: Path | None,
    proxy: str,
) -> None:
    """Release NAME for one machine and Python, out of what is locked. Two of the targets keys have to sign it."""
    from edge.mains.update import now
    from edge.store.file.database import RELEASE
    from sync.update import building, locked
    from sync.update.fetching import Line
    from sync.update.signing import Repository

    needed = locked.wheels(lock, machine, python)
    with Line(ca=ca, proxy=proxy) as line:
        places = building.fetched(needed, wheels, line, lambda text: click.echo(text, err=True))
    ours = building.ours(own, needed)
    plan = building.Plan(name, ours.version, machine, python, RELEASE, now())
    made = building.build(
        Repository(repository),
        plan,
        [*needed, ours],
        {**places, ours.name: own},
        before,
        lambda text: click.echo(text, err=True),
    )
    click.echo(f"{made.id} for {machine}, Python {python}: {len(made.wheels)} wheels; it waits for two signatures")


@release.command()
@_FOLDER
@click.option("--canary", default="", metavar="RELEASE")
@click.option("--tenth", default="", metavar="RELEASE")
@click.option("--all", "everyone", default="", metavar="RELEASE")
@click.option("--debian", default="", metavar="MOMENT", help="Of snapshot.debian.org, for the rings named here.")
@click.option("--cart", "carts", multiple=True, metavar="ID", help="A canary, whatever its number.")
def ring(repository: Path, canary: str, tenth: str, everyone: str, debian: str, carts: tuple[str, ...]) -> None:
    """Which ring gets which release; rings that are not named stay as they are. Two of the targets keys have to sign it."""
    import msgspec

    from edge.mains.update import now
    from sync.update import manifest
    from sync.update.manifest import Offer, Rings
    from sync.update.signing import Repository

    folder = Repository(repository)
    raw = folder.content(manifest.RINGS)
    rings = manifest.read(Rings, raw) if raw else Rings(format=manifest.FORMAT)
    try:
        named = {
            name: Offer(release=one, debian=debian)
            for name, one in (("canary", canary), ("tenth", tenth), ("everyone", everyone))
            if one
        }
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc
    rings = msgspec.structs.replace(rings, **named, canaries=carts or rings.canaries)
    folder.add(manifest.RINGS, manifest.written(rings), now())
    click.echo("the rings wait for two signatures")


@release.command()
@_FOLDER
@_KEY
def sign(repository: Path, key: Path) -> None:
    """Adds a signature to what waits in REPOSITORY."""
    from sync.update.signing import Repository

    signed = Repository(repository).sign(key)
    click.echo(f"signed: {', '.join(signed)}" if signed else "nothing waits for this key")


@release.command()
@_FOLDER
@click.argument("role", type=click.Choice(["root", "targets", "timestamp"]))
@click.option("--out", type=_FILE, required=True, help="The public key that goes.")
@click.option("--new", type=_FILE, required=True, help="The public key that comes.")
def rotate(repository: Path, role: str, out: Path, new: Path) -> None:
    """Another key for ROLE. Two of the root keys have to sign it, of the old ones and of the new ones."""
    from edge.mains.update import now
    from sync.update.signing import Repository

    Repository(repository).rotate(role, out, new, now())
    click.echo("the new root waits for its signatures")


@release.command()
@_FOLDER
@_KEY
def publish(repository: Path, key: Path) -> None:
    """What was signed by enough is what carts read from now on. The key is that of snapshot and timestamp."""
    from edge.mains.update import now
    from sync.update.signing import Repository

    Repository(repository).publish(key, now())
    click.echo("published")


@release.command()
@_FOLDER
@_KEY
def stamp(repository: Path, key: Path) -> None:
    """A new timestamp, good for a week: to be run every day."""
    from edge.mains.update import now
    from sync.update.signing import Repository

    Repository(repository).stamp(key, now())
    click.echo("stamped")
