"""The cart's own certificate: when it does not count any more, and when a renewed one does."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from sync.dicom.proving.proof import ECHO_CONTEXT
from sync.dicom.speaking.association import Line, Peer, Secured, Timeouts
from sync.tls import Identity, Tls
from tests.certificates import DAY, Authority


@pytest.fixture
def region(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "region")


def refused(identity: Identity, words: str) -> Fault:
    with pytest.raises(Fault, match=re.escape(words)) as caught:
        identity.context()
    assert caught.value.reason is Reason.DESTINATION_REFUSED
    assert caught.value.do
    return caught.value


def test_one_that_expired_is_named_with_its_day_until_it_is_renewed(region: Authority) -> None:
    old, new = region.issue("cart", begin=-3 * DAY, end=-2 * DAY), region.issue("cart")
    identity = Identity(Tls(region.file, old.certificate, old.key))
    day = dt.datetime.now(dt.UTC).date() - 2 * DAY
    assert refused(identity, f"{old.certificate} expired on {day}").do.startswith("renew it")
    old.certificate.write_bytes(new.certificate.read_bytes())
    assert identity.context()


def test_one_that_is_not_valid_yet_is_told(region: Authority) -> None:
    early = region.issue("cart", begin=DAY)
    assert "clock" in refused(Identity(Tls(region.file, early.certificate, early.key)), "is valid only from").do


def test_nothing_is_read_again_while_nothing_changed(region: Authority) -> None:
    cart = region.issue("cart")
    identity = Identity(Tls(region.file, cart.certificate, cart.key))
    assert identity.context() is identity.context()


def test_a_link_that_leads_elsewhere_is_another_certificate(region: Authority, tmp_path: Path) -> None:
    old, new = region.issue("cart", end=-DAY / 2), region.issue("cart")
    link = tmp_path / "current.pem"
    link.symlink_to(old.certificate)
    identity = Identity(Tls(region.file, link, old.key))
    refused(identity, "expired on")
    link.unlink()
    link.symlink_to(new.certificate)
    assert identity.context()


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nhalf"])
def test_half_a_renewal_stops_the_line_and_not_sync(region: Authority, content: bytes) -> None:
    cart = region.issue("cart")
    whole = cart.certificate.read_bytes()
    identity = Identity(Tls(region.file, cart.certificate, cart.key))
    cart.certificate.write_bytes(content)
    refused(identity, "nothing is sent")
    cart.certificate.write_bytes(whole)
    assert identity.context()


def test_files_that_are_gone_stop_the_line(region: Authority) -> None:
    cart = region.issue("cart")
    identity = Identity(Tls(region.file, cart.certificate, cart.key))
    cart.key.unlink()
    refused(identity, "cannot be read")


def test_a_query_does_not_begin_with_an_expired_one(region: Authority) -> None:
    """Worklist, C-FIND, C-GET, storage commitment: nobody is connected to."""
    old = region.issue("cart", end=-DAY / 2)
    secured = Secured.by(Tls(region.file, old.certificate, old.key), "127.0.0.1")
    line = Line(Peer("PACS", "127.0.0.1", 9, "TELECART", secured), Timeouts(connect=2.0))
    with pytest.raises(Fault, match="expired on"), line.associated([ECHO_CONTEXT]):
        pass
