"""The settings of a region's rendezvous: one TOML file of its own, for it runs on no cart."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from edge.domain.fault import Fault, Reason

DEFAULT_FILE = Path("/etc/telecart/rendezvous.toml")


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file."""


class Turn(_Section, frozen=True, kw_only=True):
    """``urls`` of STUN and TURN servers as browsers write them, those of UDP first. ``secret_file`` holds what coturn has as
    ``static-auth-secret``. With ``relay_only`` picture and sound go through a TURN server only.
    """

    urls: tuple[str, ...] = ()
    secret_file: Path | None = None
    relay_only: bool = False

    def __post_init__(self) -> None:
        if any(not re.match(r"(stuns?|turns?):\S+$", one) for one in self.urls):
            raise ValueError("urls of [turn] begin with stun:, turn: or turns:")


class OpenId(_Section, frozen=True, kw_only=True):
    """Who signs professionals in. ``client_secret_file`` holds the secret alone; ``rpps_claim`` is where the provider says the
    national number; ``ca`` is whom we believe.
    """

    issuer: str
    client_id: str
    client_secret_file: Path
    scope: str = "openid scope_all"
    acr_values: str = "eidas1"
    rpps_claim: str = "SubjectNameID"
    ca: Path | None = None

    def __post_init__(self) -> None:
        if not self.issuer.startswith("https://"):
            raise ValueError("the issuer of [sign_in] begins with https://")


class RendezvousSettings(_Section, frozen=True, kw_only=True):
    """``origin`` is how browsers and carts write it. ``certificate`` and ``key`` are its own, in PEM; without them it listens on
    loopback only, behind a proxy that does TLS. ``carts`` is the region's list. Without ``sign_in`` links are for guests only.
    """

    origin: str
    carts: Path
    host: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None
    turn: Turn = Turn()
    sign_in: OpenId | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https://[a-z0-9.-]+(:\d{1,5})?", self.origin):
            raise ValueError("the origin is https://host or https://host:port, in small letters")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together")
        if self.certificate is None and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("without a certificate the rendezvous listens on loopback only")


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise TypeError(f"expected {kind.__name__}")


def read(file: Path | None) -> RendezvousSettings:
    """Raises Fault(SETTINGS) that names the file and what is wrong in it."""
    path = file or DEFAULT_FILE
    try:
        return msgspec.toml.decode(path.read_bytes(), type=RendezvousSettings, dec_hook=_path)
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{path} cannot be read: {exc.strerror}", "check --config") from exc
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Fault(
            Reason.SETTINGS, f"{path}: {exc}", "correct that line; systemd/rendezvous.toml is an example"
        ) from exc


def secret(file: Path) -> str:
    """The one line of ``file``. Raises Fault(SETTINGS)."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise Fault(Reason.SETTINGS, f"{file} cannot be read", "check who may read it") from exc
    if not text or "\n" in text:
        raise Fault(Reason.SETTINGS, f"{file} does not hold one line", "write the secret there, and nothing else")
    return text
