"""The organisational mailbox of a site (MSSanté), to which reports go: the ``[[mailbox]]`` of its settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", re.ASCII
)

MailboxName = Annotated[str, msgspec.Meta(pattern=r"^[^\s,=](?:[^\x00-\x1f\x7f,=]{0,62}[^\s,=])?$")]
"""One line without commas and equals signs, as every destination's."""


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``host`` takes mail of ``user`` at ``port``: with ``security`` "tls" from the first byte (465), with "starttls" after its
    greeting (587), with "plain" never, which is for this machine, or where the site says so.

    ``sender`` is our address, ``recipients`` who gets the reports, in one message. ``password_file`` holds the password of
    ``user`` and is read anew each time; without a user nobody signs in. ``sent`` is the folder of an IMAP server (``imap_host``,
    ``imap_port``, by the same
    user and password) in which a copy proves that the server has it; "": nothing proves more than that it was taken.
    ``ca``, ``certificate``, ``key``, ``server_name``, ``patience`` and ``for_demonstration`` are as with every destination.
    """

    name: MailboxName = "mailbox"
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 465
    security: Literal["tls", "starttls", "plain"] = "tls"
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password_file: Path | None = None
    sent: str = ""
    imap_host: str = ""
    imap_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 993
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
        if not self.recipients:
            raise ValueError("a [[mailbox]] has recipients")
        for address in (self.sender, *self.recipients):
            if not _ADDRESS.fullmatch(address):
                raise ValueError("the addresses of a [[mailbox]] are such as ehpad.tilleuls@example.mssante.fr")
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("a [[mailbox]] has both user and password_file, or neither")
        if self.sent and (not self.imap_host or not self.user):
            raise ValueError("a sent folder of [[mailbox]] needs imap_host and user")
