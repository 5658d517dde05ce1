"""The cart's settings: one frozen object, read once by the mains from one TOML file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge.answering import Answers
from edge.contacts import NATIONAL, Contact
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import is_oid
from edge.domain.prior import link_places
from edge.mailbox import Mailbox
from edge.record_settings import Record
from edge.sections import Appointments, Heartbeat, KeptFor, News2, Screen, Section as _Section, Updates

DEFAULT_FILE = Path("/etc/telecart/telecart.toml")
DEFAULT_DATA = Path("/var/lib/telecart")
PROVISIONED_KEY = Path("/etc/telecart/store.key")


class Site(_Section, frozen=True, kw_only=True):
    """Who runs the cart. ``issuer`` names the authority of the local resident identifiers (IPP) and of accession numbers,
    ``issuer_oid`` is its OID, "" where it has none.
    """

    name: str = "EHPAD"
    finess: str = ""
    issuer: str = "EHPAD"
    issuer_oid: str = ""
    accession_prefix: str = "TC"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z0-9]{1,6}", self.accession_prefix, re.ASCII):
            raise ValueError("an accession_prefix has 1 to 6 capital letters or digits")
        if self.finess and not re.fullmatch(r"\d[0-9AB]\d{7}", self.finess, re.ASCII):
            raise ValueError("a finess has nine digits")
        if self.issuer_oid and not is_oid(self.issuer_oid):
            raise ValueError("issuer_oid is an OID such as 1.2.250.1.71")
        if not self.issuer.strip():
            raise ValueError("the local identifiers need an issuer")


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
    """What OpenCV opens, each: an index, a device path or a video file; "" for none. A call shows ``room``.

    ``dermatoscope_field_mm``: what the width of its picture shows, for the ruler over it; 0 where that is not known.
    """

    room: str = ""
    dermatoscope: str = ""
    dermatoscope_field_mm: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    otoscope: str = ""


class Sound(_Section, frozen=True, kw_only=True):
    """An ALSA name, ``pipewire:NODE`` or a WAV file, each; "" for none. A call sends ``microphone``."""

    microphone: str = ""
    stethoscope: str = ""


DestinationName = Annotated[str, msgspec.Meta(pattern=r"^[^\s,=](?:[^\x00-\x1f\x7f,=]{0,62}[^\s,=])?$")]
"""One line without commas and equals signs: it stands in lists and in what is shown."""


class FarEnd(_Section, frozen=True, kw_only=True):
    """What every destination has, ``name`` for itself alone. A demonstration sends to loopback, or where ``for_demonstration`` says so (H7).

    ``ca`` is whom we believe (the machine's authorities where it is absent), ``certificate`` and ``key`` are ours, all in PEM;
    ``server_name`` is the name in the far end's certificate where that is not its host. ``plain`` allows a line without TLS
    to another machine; without it there is none (T10). ``patience`` is for how many seconds it may take nothing, or say nothing
    to what it has, before the cart hangs up and tries again.
    """

    name: DestinationName
    for_demonstration: bool = False
    plain: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""
    patience: float = 30.0

    def __post_init__(self) -> None:
        if not 1 <= self.patience <= 600:
            raise ValueError("patience is from 1 to 600 seconds")


class Pacs(FarEnd, frozen=True, kw_only=True):
    """A DICOM node. ``calling_aet`` is ours.

    With ``commitment`` it is asked to answer for what it took, and calls back at ``listen_host`` (an address of the cart) port
    ``listen_port``: from ``host``, or from one of ``callers`` where it calls from elsewhere.
    """

    name: DestinationName = "pacs"
    aet: str
    host: str
    port: int
    calling_aet: str = "TELECART"
    tls: bool = False
    commitment: bool = False
    listen_host: str = ""
    listen_port: int = 0
    callers: tuple[str, ...] = ()


class Dicomweb(FarEnd, frozen=True, kw_only=True):
    """``url`` is what comes before /studies, without a trailing slash; https:// is TLS."""

    name: DestinationName = "dicomweb"
    url: str


class Fhir(FarEnd, frozen=True, kw_only=True):
    """``url`` is the FHIR base, without a trailing slash; https:// is TLS."""

    name: DestinationName = "fhir"
    url: str


class Call(_Section, frozen=True, kw_only=True):
    """The specialist's page. Outside loopback it is served over HTTPS with a one-time PIN only.

    ``ice_servers`` is what both ends use; empty means none: never a server we did not choose (T13). With ``relay_only`` picture and
    sound go through a TURN server only.

    With ``rendezvous`` (https://host) the cart dials out to it instead, as ``cart_name`` of the region's list with the private key in
    ``cart_key``, through the HTTP ``proxy`` where one is named; ``ca`` is whom we believe. The rendezvous gives the ICE servers.
    """

    host: str = "127.0.0.1"
    port: int = 0
    ice_servers: tuple[str, ...] = ()
    relay_only: bool = False
    rendezvous: str = ""
    cart_name: str = ""
    cart_key: Path | None = None
    ca: Path | None = None
    proxy: str = ""

    def __post_init__(self) -> None:
        if not self.rendezvous:
            return
        if not re.fullmatch(r"https://[a-z0-9.-]+(:\d{1,5})?", self.rendezvous):
            raise ValueError("the rendezvous of [call] is https://host or https://host:port, in small letters")
        if not self.cart_name or self.cart_key is None:
            raise ValueError("with a rendezvous [call] needs cart_name and cart_key")
        if self.proxy and not re.fullmatch(r"http://[^\s/]+", self.proxy):
            raise ValueError("the proxy of [call] is http://host:port")


class Priors(_Section, frozen=True, kw_only=True):
    """Earlier objects of the residents who are, or were lately, on screen. ``source`` is the name of a [[pacs]] or [[dicomweb]]
    that gives them; "": nothing is fetched.

    For each resident at most ``most_mb`` are held for ``kept_days``, nothing older than ``days``, one search takes at most
    ``seconds`` and is made every ``every_seconds``. ``issuer`` is who gives the identifiers of a far end that does not say it.
    """

    source: str = ""
    modalities: tuple[str, ...] = ("ECG", "XC", "DMS", "ES")
    most_mb: int = 50
    seconds: float = 120.0
    every_seconds: float = 3600.0
    days: int = 730
    kept_days: int = 30
    issuer: str = ""

    def __post_init__(self) -> None:
        if min(self.most_mb, self.seconds, self.every_seconds, self.days, self.kept_days) < 1:
            raise ValueError("budgets and days of [priors] are at least 1")
        if not self.modalities or not all(re.fullmatch(r"[A-Z0-9_]{1,16}", one, re.ASCII) for one in self.modalities):
            raise ValueError("modalities are codes such as ECG or XC")


class Portal(_Section, frozen=True, kw_only=True):
    """Where a region shows pictures to a doctor who signs in there herself. ``url`` is https and may have {ipp}, {issuer},
    {ins} and {ins_oid} in it; one with an INS is there only for residents whose INS may leave the cart.
    """

    name: str
    url: str

    def __post_init__(self) -> None:
        link_places(self.url)


class Worklist(FarEnd, frozen=True, kw_only=True):
    """The DICOM node that knows what is asked for. It is asked every ``every_seconds`` for the steps of the day that are
    scheduled for ``station`` ("": ``calling_aet``, which is ours) and ``modality`` ("" for any).

    ``issuer`` is who gave the residents' identifiers of a worklist that does not say it.
    """

    name: str = "worklist"
    aet: str
    host: str
    port: int
    calling_aet: str = "TELECART"
    station: str = ""
    modality: str = ""
    issuer: str = ""
    every_seconds: float = 300.0
    tls: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every_seconds < 10:
            raise ValueError("a worklist is asked every ten seconds at most")


class Staff(_Section, frozen=True, kw_only=True):
    """``public_key`` (64 hexadecimal digits) is that of whoever signs the site's staff list (``telecart users key``)."""

    public_key: str = ""


class Badge(_Section, frozen=True, kw_only=True):
    """``reader``: "pcsc" for a reader of pcscd, whose name begins with ``name`` ("" for any), or the path of one that types as a
    keyboard does; "" for none.
    """

    reader: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if self.reader not in {"", "pcsc"} and not self.reader.startswith("/dev/"):
            raise ValueError('the reader of [badge] is "pcsc", a path below /dev, or ""')
        if self.name and self.reader != "pcsc":
            raise ValueError('a name of [badge] is that of a reader of "pcsc"')


class Settings(_Section, frozen=True, kw_only=True):
    """``language`` is what the bedside screen speaks. ``power_supply`` is where the kernel tells of the cart's own battery.
    ``recorder_folder`` is where an ECG recorder drops its files. ``bluetooth_adapter`` is "hci0" or the like, "" for the first
    that is powered.
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
    screen: Screen = Screen()
    staff: Staff = Staff()
    badge: Badge = Badge()
    news2: News2 = News2()
    heartbeat: Heartbeat = Heartbeat()
    power_supply: Path = Path("/sys/class/power_supply")
    retention: KeptFor = KeptFor()
    worklist: Worklist | None = None
    priors: Priors = Priors()
    portal: tuple[Portal, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()
    contact: tuple[Contact, ...] = NATIONAL
    record: Record | None = None
    answers: Answers = Answers()
    appointments: Appointments = Appointments()
    update: Updates = Updates()

    @property
    def destinations(self) -> tuple[Pacs | Dicomweb | Fhir | Mailbox, ...]:
        return (*self.heard, *self.mailbox)

    @property
    def heard(self) -> tuple[Pacs | Dicomweb | Fhir, ...]:
        """Those that are asked every few seconds whether they answer: an operator of mailboxes shuts out who signs in so often."""
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
            "give each [[pacs]], [[dicomweb]], [[fhir]] and [[mailbox]] its own",
        )
    if settings.priors.source and settings.priors.source not in {
        one.name for one in (*settings.pacs, *settings.dicomweb)
    }:
        raise Fault(
            Reason.SETTINGS,
            f"{path}: [priors] names {settings.priors.source}, which is no [[pacs]] and no [[dicomweb]]",
            "write the name of one of them, or leave `source` out",
        )
    return msgspec.structs.replace(settings, data=data) if data else settings
