"""What the settings may say of storage commitment and of a worklist, and what is refused in one line."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.mains.lines import callback_of, tls_of
from edge.mains.sync import destination_of, refuse_strangers, source_of
from edge.mains.worklist import worklist_of
from edge.settings import Pacs, Settings, Worklist, read
from sync.dicom.proving.listening import Callback
from tests.certificates import Authority


def pacs(**more: object) -> Pacs:
    return Pacs(**{"aet": "ORTHANC", "host": "127.0.0.1", "port": 104, **more})  # type: ignore[arg-type]


def test_nothing_listens_unless_it_is_said() -> None:
    assert callback_of(pacs(), None) is None


def test_the_pacs_calls_from_where_it_is_or_from_where_it_is_said() -> None:
    here = {"commitment": True, "listen_host": "127.0.0.1", "listen_port": 11113}
    assert callback_of(pacs(**here), None) == Callback("127.0.0.1", 11113, ("127.0.0.1",))
    elsewhere = callback_of(pacs(**here, callers=("192.0.2.31",)), None)
    assert elsewhere is not None
    assert elsewhere.callers == ("192.0.2.31",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"commitment": True}, "needs where the PACS calls back"),
        ({"commitment": True, "listen_host": "127.0.0.1"}, "needs where the PACS calls back"),
        ({"commitment": True, "listen_host": "127.0.0.1", "listen_port": 65536}, "needs where the PACS calls back"),
        ({"listen_port": 11113}, "nothing listens without `commitment`"),
        ({"callers": ("192.0.2.31",)}, "nothing listens without `commitment`"),
        ({"commitment": True, "listen_host": "192.0.2.20", "listen_port": 11113}, "nothing would be encrypted"),
        ({"commitment": True, "listen_host": "", "listen_port": 11113}, "needs where the PACS calls back"),
    ],
)
def test_what_contradicts_itself_is_told(more: dict[str, object], told: str) -> None:
    with pytest.raises(Fault, match=told) as caught:
        callback_of(pacs(**more), None)
    assert caught.value.reason is Reason.SETTINGS


def test_a_line_that_may_be_plain_is_plain_on_its_way_back() -> None:
    end = pacs(host="192.0.2.5", plain=True, commitment=True, listen_host="192.0.2.20", listen_port=11113)
    found = callback_of(end, tls_of(end))
    assert found is not None
    assert found.identity is None


def test_over_tls_the_way_back_is_mutual(tmp_path: Path) -> None:
    region = Authority(tmp_path, "region")
    cart = region.issue("cart")
    here = {"tls": True, "commitment": True, "listen_host": "192.0.2.20", "listen_port": 11113, "ca": region.file}
    whole = pacs(**here, certificate=cart.certificate, key=cart.key)
    found = callback_of(whole, tls_of(whole))
    assert found is not None
    assert found.identity is not None
    assert found.identity.context().verify_mode is ssl.CERT_REQUIRED
    with pytest.raises(Fault, match="`ca` and `certificate`"):
        destination_of(pacs(**here), source_of(Settings()))


def asked(**more: object) -> Worklist:
    return Worklist(**{"aet": "RIS", "host": "127.0.0.1", "port": 104, **more})  # type: ignore[arg-type]


@pytest.mark.hazard("T10", without="tests.controls_destinations:any_line_may_be_plain")
def test_a_worklist_elsewhere_is_asked_over_tls_or_where_it_is_said() -> None:
    with pytest.raises(Fault, match="nothing would be encrypted"):
        worklist_of(asked(host="ris.example.org"))


def test_a_demonstration_asks_no_stranger() -> None:
    with pytest.raises(Fault, match="a demonstration does not send to"):
        refuse_strangers(Settings(worklist=asked(host="192.0.2.5", plain=True)))
    refuse_strangers(Settings(worklist=asked(host="192.0.2.5", plain=True, for_demonstration=True)))


def test_a_worklist_is_not_asked_all_the_time(tmp_path: Path) -> None:
    file = tmp_path / "telecart.toml"
    file.write_text('[worklist]\naet = "RIS"\nhost = "ris"\nport = 104\nevery_seconds = 1.0\n')
    with pytest.raises(Fault, match="every ten seconds at most"):
        read(file)
