"""How each destination is reached: over TLS, or without where the settings say so (T10)."""

from __future__ import annotations

import functools
import ipaddress
from urllib.parse import urlsplit

from edge.domain.fault import Fault, Reason
from edge.mailbox import Mailbox
from edge.settings import Dicomweb, FarEnd, Fhir, Pacs, Worklist
from sync.dicom.proving.listening import Callback
from sync.dicom.speaking.association import Timeouts
from sync.tls import Identity, Tls


def tls_of(end: Pacs | Dicomweb | Fhir | Worklist | Mailbox) -> Tls | None:
    """None: without TLS. Raises Fault(SETTINGS) where that is neither on this machine nor said."""
    encrypted = _encrypted(end)
    if encrypted:
        if end.plain:
            raise _wrong(end, "TLS and `plain` contradict each other", "leave one of them out")
        return Tls(end.ca, end.certificate, end.key, end.server_name)
    if end.ca or end.certificate or end.key or end.server_name:
        raise _wrong(end, "certificates are of no use without TLS", _how(end))
    if not end.plain and not is_loopback(host_of(end)):
        raise _wrong(
            end,
            f"nothing would be encrypted on the way to {host_of(end)}",
            f"{_how(end)}, or `plain = true` where the network itself keeps it secret",
        )
    return None


def _encrypted(end: Pacs | Dicomweb | Fhir | Worklist | Mailbox) -> bool:
    if isinstance(end, Mailbox):
        return end.security != "plain"
    return end.tls if isinstance(end, Pacs | Worklist) else _scheme(end) == "https"


def callback_of(end: Pacs, tls: Tls | None) -> Callback | None:
    """Where this PACS reports what it answers for; None where it is not asked to. Raises Fault(SETTINGS)."""
    if not end.commitment:
        if end.listen_host or end.listen_port or end.callers:
            raise _wrong(end, "nothing listens without `commitment`", "write `commitment = true`")
        return None
    if not end.listen_host or not 1 <= end.listen_port <= 65535:
        raise _wrong(end, "`commitment` needs where the PACS calls back", "write `listen_host` and `listen_port`")
    if tls is None and not end.plain and not is_loopback(end.listen_host):
        what = f"nothing would be encrypted on the way back to {end.listen_host}"
        raise _wrong(end, what, "write `tls = true`, or `plain = true` where the network itself keeps it secret")
    identity = None
    if tls is not None:
        identity = Identity(tls, functools.partial(tls.listening, f"[[pacs]] {end.name}"))
    return Callback(end.listen_host, end.listen_port, end.callers or (end.host,), identity)


def timeouts_of(end: FarEnd) -> Timeouts:
    return Timeouts(stalled=end.patience, answer=end.patience)


def host_of(end: Pacs | Dicomweb | Fhir | Worklist | Mailbox) -> str:
    """Raises Fault(SETTINGS) for a url that is none."""
    if isinstance(end, Pacs | Worklist | Mailbox):
        return end.host
    _scheme(end)
    return urlsplit(end.url).hostname or ""


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _scheme(end: Dicomweb | Fhir) -> str:
    try:
        parts = urlsplit(end.url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.query or parts.fragment:
        raise _wrong(end, f"{end.url} is no address of a web server", "write it as https://HOST/PATH")
    return parts.scheme


def _how(end: FarEnd | Mailbox) -> str:
    if isinstance(end, Mailbox):
        return 'write `security = "tls"` or "starttls"'
    return "write `tls = true`" if isinstance(end, Pacs | Worklist) else "write https:// in its url"


def _wrong(end: Pacs | Dicomweb | Fhir | Worklist | Mailbox, what: str, do: str) -> Fault:
    kind = type(end).__name__.lower()
    return Fault(Reason.SETTINGS, f"[[{kind}]] {end.name}: {what}", do)
