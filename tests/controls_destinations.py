"""Switches (see tests/controls.py) of the controls on the way to a destination: TLS, and what comes back from there."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from edge.mains import lines
from sync.dicom.proving import same
from sync.dicom.sending import store_scu, stow
from sync.fhir import client
from sync.tls import Tls


def any_transfer_syntax_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: a file that came back is inflated if it says that it is deflated."""
    monkeypatch.setattr(same, "_comparable", lambda _ours, _theirs: True)


def any_certificate_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10, H18: TLS with whoever answers."""
    context_of = Tls.context

    def lax(self: Tls) -> ssl.SSLContext:
        context = context_of(self)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    monkeypatch.setattr(Tls, "context", lax)


def plain_where_tls_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: the line is plain although the settings want TLS."""
    monkeypatch.setattr(store_scu, "Secured", type("Nothing", (), {"by": staticmethod(lambda _tls, _host: None)}))
    for kind in (stow.DicomwebDestination, client.FhirDestination):
        made = kind.__init__

        def plain(self: object, name: str, url: str, *others: object, _made: Any = made, **named: object) -> None:
            _made(self, name, url.replace("https://", "http://"), *others, **named)

        monkeypatch.setattr(kind, "__init__", plain)


def any_line_may_be_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: what the settings do not say to encrypt goes as it is, wherever it goes."""
    monkeypatch.setattr(lines, "is_loopback", lambda _host: True)
