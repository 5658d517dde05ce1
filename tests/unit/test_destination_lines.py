"""Which destinations the settings allow: over TLS, on this machine, or plain because somebody said so (T10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import settings as s
from edge.domain.fault import Fault, Reason
from edge.mains import sync
from edge.mains.lines import tls_of
from sync.tls import Tls


def read(folder: Path, text: str) -> s.Settings:
    file = folder / "telecart.toml"
    file.write_text(text)
    return s.read(file)


NODE = '[[pacs]]\naet = "ORTHANC"\nport = 104\n'


@pytest.mark.hazard("T10", without="tests.controls_destinations:any_line_may_be_plain")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            NODE + 'host = "pacs.example"\n',
            r"\[\[pacs\]\] pacs: nothing would be encrypted .* to pacs.example .*`tls = true`",
        ),
        (NODE + 'host = "192.0.2.7"\n', "nothing would be encrypted"),
        ('[[dicomweb]]\nurl = "http://pacs.example/dicom-web"\n', r"\[\[dicomweb\]\] dicomweb: nothing .*https://"),
        ('[[fhir]]\nurl = "http://192.0.2.7/fhir"\n', r"\[\[fhir\]\] fhir: nothing would be encrypted"),
    ],
)
def test_no_line_is_plain_that_nobody_allowed_to_be(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Fault, match=told) as raised:
        sync.destinations(read(tmp_path, text))
    assert raised.value.reason is Reason.SETTINGS
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        NODE + 'host = "pacs.example"\nplain = true\n',
        NODE + 'host = "127.0.0.1"\n',
        NODE + 'host = "localhost"\n',
        '[[dicomweb]]\nurl = "http://pacs.example/dicom-web"\nplain = true\n',
        '[[dicomweb]]\nurl = "http://[::1]:8042/dicom-web"\n',
        '[[fhir]]\nurl = "http://127.0.0.1:8080/fhir"\n',
    ],
)
def test_plain_on_this_machine_and_where_it_is_said(tmp_path: Path, text: str) -> None:
    (end,) = read(tmp_path, text).destinations
    assert tls_of(end) is None
    assert len(sync.destinations(read(tmp_path, text))) == 1


def test_what_the_settings_name_is_what_tls_takes(tmp_path: Path) -> None:
    files = 'ca = "/a/ca.pem"\ncertificate = "/a/cart.pem"\nkey = "/a/cart.key"\nserver_name = "pacs.region"\n'
    expected = Tls(Path("/a/ca.pem"), Path("/a/cart.pem"), Path("/a/cart.key"), "pacs.region")
    for text in (
        NODE + 'host = "10.0.0.1"\ntls = true\n',
        '[[dicomweb]]\nurl = "https://p/d"\n',
        '[[fhir]]\nurl = "https://p/f"\n',
    ):
        (end,) = read(tmp_path, text + files).destinations
        assert tls_of(end) == expected
        with pytest.raises(Fault, match=r"/a/ca\.pem cannot be read"):
            sync.destinations(read(tmp_path, text + files))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (NODE + 'host = "10.0.0.1"\ntls = true\nplain = true\n', "contradict"),
        ('[[fhir]]\nurl = "https://p/f"\nplain = true\n', "contradict"),
        (NODE + 'host = "127.0.0.1"\nca = "/a/ca.pem"\n', "of no use without TLS"),
        ('[[dicomweb]]\nurl = "http://127.0.0.1/d"\nkey = "/a/key"\n', "of no use without TLS"),
        ('[[dicomweb]]\nurl = "pacs.example/dicom-web"\n', "no address of a web server"),
        ('[[dicomweb]]\nurl = "ftp://pacs.example/dicom-web"\n', "no address of a web server"),
        ('[[dicomweb]]\nurl = "https:///dicom-web"\n', "no address of a web server"),
        ('[[dicomweb]]\nurl = "https://p:99999/dicom-web"\n', "no address of a web server"),
        ('[[fhir]]\nurl = "https://p/fhir?x=1"\n', "no address of a web server"),
    ],
)
def test_what_contradicts_itself_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Fault, match=told) as raised:
        sync.destinations(read(tmp_path, text))
    assert raised.value.reason is Reason.SETTINGS
    assert raised.value.do
