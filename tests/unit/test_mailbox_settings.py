"""The ``[[mailbox]]`` of the settings: what is refused, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind
from edge.mains import sync as process
from edge.mains.places import destinations
from edge.settings import Settings, read

WHOLE = """
[[mailbox]]
host = "{host}"
port = 1
security = "{security}"
sender = "ehpad@tilleuls.example"
recipients = ["cabinet@example.org"]
"""


def settings(folder: Path, text: str) -> Settings:
    file = folder / "telecart.toml"
    file.write_text(text)
    return read(file, folder)


def of(folder: Path, host: str = "smtp.example.org", security: str = "tls", more: str = "") -> Settings:
    return settings(folder, WHOLE.format(host=host, security=security) + more)


def test_reports_are_promised_to_it_and_nothing_else(tmp_path: Path) -> None:
    found = of(tmp_path)
    assert {kind for kind, names in destinations(found).items() if "mailbox" in names} == {Kind.REPORT}
    (end,) = process.destinations(found)
    assert (end.name, end.kinds) == ("mailbox", {Kind.REPORT})
    assert found.heard == ()


@pytest.mark.parametrize(
    "more",
    [
        'user = "somebody"',
        'sent = "Sent"',
        'sender = "no address"',
        "recipients = []",
        'security = "perhaps"',
        "patience = 0",
    ],
)
def test_what_makes_no_mailbox_is_refused(more: str, tmp_path: Path) -> None:
    name = more.partition(" ")[0]
    lines = [line for line in WHOLE.format(host="h.example", security="tls").splitlines() if not line.startswith(name)]
    with pytest.raises(Fault) as caught:
        settings(tmp_path, "\n".join([*lines, more, ""]))
    assert caught.value.reason is Reason.SETTINGS


def test_nothing_goes_to_another_machine_in_the_open_unless_the_site_says_so(tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        process.destinations(of(tmp_path, security="plain"))
    assert "nothing would be encrypted" in caught.value.what
    assert process.destinations(of(tmp_path, security="plain", more="plain = true\n"))
    assert process.destinations(of(tmp_path, host="127.0.0.1", security="plain"))
    with pytest.raises(Fault, match="contradict"):
        process.destinations(of(tmp_path, more="plain = true\n"))


def test_a_password_does_not_go_to_another_machine_in_the_open(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("invented")
    more = f'user = "u"\npassword_file = "{secret}"\nsent = "Sent"\nimap_host = "imap.example.org"\n'
    with pytest.raises(Fault) as caught:
        process.destinations(of(tmp_path, host="127.0.0.1", security="plain", more=more))
    assert "imap.example.org" in caught.value.what


def test_a_demonstration_mails_to_nobody_who_was_not_named_for_it(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="a demonstration does not send"):
        process.destinations(
            settings(tmp_path, "demo = true\n" + WHOLE.format(host="smtp.example.org", security="tls"))
        )
