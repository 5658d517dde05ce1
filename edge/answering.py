"""Where answers to requests for an opinion come from: the ``[answers]`` of a site's settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The site's secure mailbox (MSSanté), by IMAP over TLS. ``password_file`` holds its password and is read anew each time.

    ``folder`` is one that nobody else reads: what people have seen there is not looked at. ``ca`` and ``server_name`` as of every far end;
    ``certificate`` and ``key`` are ours where it asks for them. A demonstration looks at loopback, or where ``for_demonstration`` says so (H7).
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = "mailbox"
    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 993
    user: Annotated[str, msgspec.Meta(min_length=1)]
    password_file: Path
    folder: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] = "INBOX"
    days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 60
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""
    for_demonstration: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\x20-\x7e]+", self.user + self.folder, re.ASCII):
            raise ValueError("user and folder of a mailbox are printable ASCII")


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``escalate`` are names of [[mailbox]] to whose recipients a message goes when a request was not answered in time.
    ``fhir`` are names of [[fhir]] that are asked for what is based on requests of this cart, ``mailbox`` is looked at likewise:
    every ``every_seconds``. Nothing comes in where neither is named. ``printer`` is a queue of CUPS to which an answer's PDF can be sent from
    the screen, "" for none.
    """

    fhir: tuple[str, ...] = ()
    mailbox: Mailbox | None = None
    every_seconds: Annotated[float, msgspec.Meta(ge=5, le=3600)] = 60.0
    escalate: tuple[str, ...] = ()
    printer: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}$|^$")] = ""
