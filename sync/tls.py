"""TLS as the cart asks for it, of a PACS or a web server: 1.2 or newer, the certificate always checked (T10, H18).

There is no way from here to a line without TLS, and none to one whose certificate is not believed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import ssl
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography import x509

from edge.domain.fault import Fault, Reason


@dataclasses.dataclass(frozen=True, slots=True)
class Tls:
    """``ca`` is whom we believe (None: whom the machine believes), or the very certificate of the far end: a pin.

    ``certificate`` and ``key`` are ours, where the far end asks for them. All are PEM files. ``server_name`` is what the
    far end's certificate must be for; "": the host by which it is reached.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""

    def context(self) -> ssl.SSLContext:
        """Raises Fault(SETTINGS) for a file that is not there or holds nothing of the kind."""
        return self._filled(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def listening(self, whom: str) -> ssl.SSLContext:
        """For when ``whom`` calls us: it has to show a certificate that ``ca`` signed, as we show ours. Raises Fault(SETTINGS)."""
        if self.ca is None or self.certificate is None:
            what = f"without `ca` and `certificate` nobody knows who calls for {whom}, nor whom it calls"
            raise Fault(Reason.SETTINGS, what, "name both in the settings")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        return self._filled(context)

    def _filled(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # so that the far end's own certificate may stand in ``ca``, whoever signed it
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        if self.ca is None:
            context.load_default_certs()
        else:
            try:
                context.load_verify_locations(self.ca)
            except OSError as exc:
                raise _unusable(self.ca, exc, "certificates in PEM") from exc
        if self.certificate is not None:
            key = self.key or self.certificate
            try:
                context.load_cert_chain(self.certificate, key, password=_no_password)
            except (OSError, ValueError) as exc:
                raise _unusable(key, exc, f"the key of {self.certificate}, without a password") from exc
        elif self.key is not None:
            raise Fault(Reason.SETTINGS, f"{self.key} is a key without its certificate", "name its certificate too")
        return context


_heard: weakref.WeakKeyDictionary[ssl.SSLContext, ssl.SSLError] = weakref.WeakKeyDictionary()
"""What TLS said last on a connection of a context."""


class _Listening(ssl.SSLObject):
    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 - so it is called
        try:
            return super().read(len, buffer)
        except ssl.SSLError as exc:
            if refused(exc):
                _heard[self.context] = exc
            raise


class Identity:
    """The context of ``tls`` for each new connection, of its files as they are then: what is renewed counts without a restart.

    ``make`` is what makes it of the files, by default ``tls.context``. May be used by several threads. Raises Fault(SETTINGS)
    as ``make`` does.
    """

    def __init__(self, tls: Tls, make: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._tls = tls
        self._make = make or tls.context
        self._lock = threading.Lock()
        self._seen = self._stamps()
        self._context = self._make()
        self._valid = _validity(tls.certificate)

    @property
    def server_name(self) -> str:
        """ "": the host by which it is reached."""
        return self._tls.server_name

    @property
    def how(self) -> str:
        """In plain words."""
        ours = f", the cart's lasts until {self._valid[1]:%Y-%m-%d}" if self._valid is not None else ""
        return f"over TLS, its certificate is believed{ours}"

    def context(self) -> ssl.SSLContext:
        """Raises Fault(DESTINATION_REFUSED) where our certificate is not valid now, or the files are of no use any more."""
        with self._lock:
            if (stamps := self._stamps()) != self._seen:
                try:
                    made, valid = self._make(), _validity(self._tls.certificate)
                except Fault as fault:
                    raise Fault(Reason.DESTINATION_REFUSED, f"{fault.what}: nothing is sent", fault.do) from fault
                self._seen, self._context, self._valid = stamps, made, valid
            context, valid = self._context, self._valid
        if valid is not None:
            self._check(*valid)
        context.sslobject_class = _Listening
        return context

    def refusal_in(self, exc: BaseException | None, whom: str) -> Fault | None:
        """The same where TLS is what ``exc`` is about, or what was heard since it was asked last.

        With TLS 1.3 the far end judges our certificate after our side of the handshake is over: whoever is sending then may learn
        that the connection is over before it learns why.
        """
        with self._lock:
            heard = _heard.pop(self._context, None)
        told = refusal_in(exc, whom)
        return told or (refusal(heard, whom) if heard is not None else None)

    def _check(self, begin: dt.datetime, end: dt.datetime) -> None:
        file, now = self._tls.certificate, dt.datetime.now(dt.UTC)
        if now > end:
            what = f"the cart's certificate {file} expired on {end:%Y-%m-%d}: nothing is sent"
            raise Fault(Reason.DESTINATION_REFUSED, what, "renew it in that file, or correct the clock of the cart")
        if now < begin:
            what = f"the cart's certificate {file} is valid only from {begin:%Y-%m-%d}: nothing is sent"
            raise Fault(Reason.DESTINATION_REFUSED, what, "check the clock of the cart")

    def _stamps(self) -> tuple[tuple[int, ...] | None, ...]:
        return tuple(_stamp(file) for file in (self._tls.ca, self._tls.certificate, self._tls.key))


def _stamp(file: Path | None) -> tuple[int, ...] | None:
    """Of what the name leads to; None where that is nothing."""
    try:
        found = os.stat(file) if file is not None else None  # noqa: PTH116 - a link that leads elsewhere is another file
    except OSError:
        found = None
    return found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _validity(file: Path | None) -> tuple[dt.datetime, dt.datetime] | None:
    """Of the first certificate in ``file``, which is the cart's own. Raises Fault(SETTINGS)."""
    if file is None:
        return None
    try:
        ours = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as exc:
        raise _unusable(file, exc, "a certificate in PEM") from exc
    return ours.not_valid_before_utc, ours.not_valid_after_utc


def _no_password() -> str:
    raise ValueError("a key with a password")


def _unusable(file: Path, exc: Exception, wanted: str) -> Fault:
    if isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError):
        return Fault(Reason.SETTINGS, f"{file} cannot be read: {exc.strerror}", "check the name and who may read it")
    return Fault(Reason.SETTINGS, f"{file} does not hold {wanted}", "put the right file there")


_NOT_BELIEVED = MappingProxyType(
    {
        9: ("is not valid yet", "check the clock of the cart"),
        10: ("has expired", "have its administrator renew it"),
        18: ("is signed by nobody we believe", "put it, or who signed it, in `ca` of the settings"),
        19: ("is signed by somebody we do not believe", "put who signed it in `ca` of the settings"),
        20: ("is signed by somebody we do not believe", "put who signed it in `ca` of the settings"),
        23: ("was revoked", "ask its administrator"),
        62: ("is for another name", "correct the host, or `server_name`, in the settings"),
        64: ("is for another address", "correct the host, or `server_name`, in the settings"),
    }
)
"""What X509_verify_cert finds (openssl, x509_vfy.h), in words and what to do."""

_ASKED = (
    "CERTIFICATE_REQUIRED",
    "HANDSHAKE_FAILURE",
    "BAD_CERTIFICATE",
    "UNKNOWN_CA",
    "CERTIFICATE_UNKNOWN",
    "EXPIRED",
)
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH")
_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "NO_PROTOCOLS", "TLSV1_ALERT_INSUFFICIENT")


def refusal(exc: ssl.SSLError, whom: str) -> Fault:
    """Why there is no line to ``whom``, in one plain line: Fault(DESTINATION_REFUSED)."""
    what, do = f"{whom} and the cart do not agree on TLS", "ask its administrator"
    if isinstance(exc, ssl.SSLCertVerificationError):
        found, do = _NOT_BELIEVED.get(exc.verify_code, ("is not believed", "ask its administrator"))
        what = f"the certificate of {whom} {found}"
    else:
        named = (exc.reason or "").upper()
        if any(one in named for one in _TOO_OLD):
            what, do = f"{whom} has no TLS 1.2 or newer", "have its administrator switch it on"
        elif any(one in named for one in _NO_TLS):
            what, do = f"{whom} does not speak TLS at this port", "correct the port, or ask its administrator"
        elif any(one in named for one in _ASKED):
            what = f"{whom} does not believe the cart's certificate, or wants one"
            do = "check `certificate` and `key` in the settings, and ask its administrator"
    return Fault(Reason.DESTINATION_REFUSED, f"{what}: nothing is sent", do)


def refused(exc: object) -> bool:
    """Whether it is a word about TLS, and not a line that broke or was silent."""
    broke = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
    return isinstance(exc, ssl.SSLError) and not isinstance(exc, broke)


def refusal_in(exc: BaseException | None, whom: str) -> Fault | None:
    """The same where TLS is what ``exc``, or what it came from, is about."""
    while exc is not None:
        # aiohttp's are SSLErrors without what an SSLError has; it stands in them
        inner = getattr(exc, "certificate_error", None) or getattr(exc, "os_error", None) or exc
        if isinstance(inner, ssl.SSLError) and refused(inner):
            return refusal(inner, whom)
        exc = exc.__cause__ or exc.__context__
    return None
