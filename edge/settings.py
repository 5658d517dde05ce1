"""The cart's settings: one frozen object, read once by the mains from one TOML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from edge.domain.fault import Fault, Reason

DEFAULT_FILE = Path("/etc/telecart/telecart.toml")
DEFAULT_DATA = Path("/var/lib/telecart")
PROVISIONED_KEY = Path("/etc/telecart/store.key")


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Site(_Section, frozen=True, kw_only=True):
    """Who runs the cart. ``issuer`` names the authority of the local resident identifiers (IPP)."""

    name: str = "EHPAD"
    finess: str = ""
    issuer: str = "EHPAD"
    accession_prefix: str = "TC"


class SerialLine(_Section, frozen=True, kw_only=True):
    """``port`` is a path that stays the same (/dev/serial/by-id/...), or ``socket://ADDRESS:PORT`` or
    ``rfc2217://ADDRESS:PORT`` of a serial server, whose address a drop-in of the unit has to allow.

    ``model`` is a name of ``telecart models``.
    """

    port: str
    model: str


class KnownDevice(_Section, frozen=True, kw_only=True):
    """A Bluetooth device that is on this cart's list without anybody pairing it here.

    ``id`` is its address, ``model`` a name of ``telecart models``. Where ``serial_number`` is given, a device that says
    another one is not believed. ``user`` and ``consent`` are the slot and code of a scale that keeps users apart.
    """

    id: str
    model: str
    serial_number: str = ""
    user: int | None = None
    consent: int | None = None


class Cameras(_Section, frozen=True, kw_only=True):
    """What OpenCV opens, each: an index, a device path or a video file; "" for none. A call shows ``room``."""

    room: str = ""
    dermatoscope: str = ""
    otoscope: str = ""


class Sound(_Section, frozen=True, kw_only=True):
    """An ALSA name, ``pipewire:NODE`` or a WAV file, each; "" for none. A call sends ``microphone``."""

    microphone: str = ""
    stethoscope: str = ""


class FarEnd(_Section, frozen=True, kw_only=True):
    """What every destination has, ``name`` for itself alone. A demonstration sends to loopback, or where ``for_demonstration`` says so (H7).

    ``ca`` is whom we believe (the machine's authorities where it is absent), ``certificate`` and ``key`` are ours, all in PEM;
    ``server_name`` is the name in the far end's certificate where that is not its host. ``plain`` allows a line without TLS
    to another machine; without it there is none (T10).
    """

    name: str
    for_demonstration: bool = False
    plain: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""


class Pacs(FarEnd, frozen=True, kw_only=True):
    """A DICOM node. ``calling_aet`` is ours."""

    name: str = "pacs"
    aet: str
    host: str
    port: int
    calling_aet: str = "TELECART"
    tls: bool = False


class Dicomweb(FarEnd, frozen=True, kw_only=True):
    """``url`` is what comes before /studies, without a trailing slash; https:// is TLS."""

    name: str = "dicomweb"
    url: str


class Fhir(FarEnd, frozen=True, kw_only=True):
    """``url`` is the FHIR base, without a trailing slash; https:// is TLS."""

    name: str = "fhir"
    url: str


class Call(_Section, frozen=True, kw_only=True):
    """The specialist's page. Outside loopback it is served over HTTPS with a one-time PIN only.

    ``ice_servers`` is what both ends use; empty means none: never a server we did not choose (T13).
    """

    host: str = "127.0.0.1"
    port: int = 0
    ice_servers: tuple[str, ...] = ()


class KeptFor(_Section, frozen=True, kw_only=True):
    """Days for which what is proven received stays on the cart; ``departure_days`` after a resident left."""

    vitals_days: int = 365
    ecg_days: int = 365
    photo_days: int = 365
    sound_days: int = 365
    departure_days: int = 30

    def __post_init__(self) -> None:
        if min(self.vitals_days, self.ecg_days, self.photo_days, self.sound_days, self.departure_days) < 1:
            raise ValueError("a retention is at least one day")


class Settings(_Section, frozen=True, kw_only=True):
    """``language`` is what the bedside screen speaks. ``recorder_folder`` is where an ECG recorder drops its files.

    ``bluetooth_adapter`` is "hci0" or the like, "" for the first that is powered.
    """

    cart: str = "Borne 1"
    language: Literal["fr", "en"] = "fr"
    demo: bool = False
    data: Path = DEFAULT_DATA
    site: Site = Site()
    bluetooth: bool = True
    bluetooth_adapter: str = ""
    device: tuple[KnownDevice, ...] = ()
    serial: tuple[SerialLine, ...] = ()
    residents: Path | None = None
    recorder_folder: Path | None = None
    cameras: Cameras = Cameras()
    sound: Sound = Sound()
    pacs: tuple[Pacs, ...] = ()
    dicomweb: tuple[Dicomweb, ...] = ()
    fhir: tuple[Fhir, ...] = ()
    call: Call = Call()
    retention: KeptFor = KeptFor()

    @property
    def destinations(self) -> tuple[Pacs | Dicomweb | Fhir, ...]:
        return (*self.pacs, *self.dicomweb, *self.fhir)

    @property
    def door(self) -> Path:
        return self.data / "door.sock"

    @property
    def database(self) -> Path:
        return self.data / "store.db"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    @property
    def key_file(self) -> Path:
        """The store's key: a systemd credential where the unit loads one, else a 0600 file beside the store.

        An admin's command on a cart that is no demonstration has the file from which the units load it.
        """
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        if credentials and (path := Path(credentials) / "store-key").exists():
            return path
        if self.data == DEFAULT_DATA and PROVISIONED_KEY.exists():
            return PROVISIONED_KEY
        return self.data / "store.key"


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise TypeError(f"expected {kind.__name__}")


def read(file: Path | None, data: Path | None = None) -> Settings:
    """Settings of ``file`` (default /etc/telecart/telecart.toml, absent = defaults). ``data`` overrides the file's.

    Raises Fault(SETTINGS) that names the file and what is wrong in it.
    """
    path = file or DEFAULT_FILE
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings, dec_hook=_path)
    except FileNotFoundError:
        if file is not None:
            raise Fault(Reason.SETTINGS, f"there is no settings file {path}", "check --config") from None
        settings = Settings()
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{path} cannot be read: {exc.strerror}", "check who may read it") from exc
    except (msgspec.ValidationError, msgspec.DecodeError) as exc:
        raise Fault(
            Reason.SETTINGS, f"{path}: {exc}", "correct that line; systemd/telecart.toml is an example"
        ) from exc
    names = [end.name for end in settings.destinations]
    if len(set(names)) != len(names):
        raise Fault(
            Reason.SETTINGS,
            f"{path}: two destinations have the same name",
            "give each [[pacs]], [[dicomweb]] and [[fhir]] its own",
        )
    return msgspec.structs.replace(settings, data=data) if data else settings
