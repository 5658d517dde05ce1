"""The site's secure mailbox (MSSanté) as a source of answers: IMAP4rev1 over TLS (RFC 3501, RFC 8314), a mail once (Message-ID).

Only mails with an IHE_XDM.ZIP or a PDF, and replies that name a request, are taken; all others are left as they are, unread.
One that was taken is marked as seen, and only after it is durable here.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import imaplib
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from edge.domain.answer import AnswerKind, Came, named
from edge.domain.fault import Fault, Reason
from edge.domain.operator import Operator
from edge.domain.patient import Patient
from edge.foreign.messages import Limits
from edge.foreign.sandbox import NotStarted, Sandbox
from sync.fhir.patient import NO_OIDS
from sync.record import about
from sync.record.letters import LARGEST_MAIL, Letter
from sync.tls import Identity, Tls

log = structlog.get_logger()

MOST_A_LOOK: Final = 50
"""Mails that are fetched in one look; the others come with the next."""

_MOST_HEADERS: Final = 2000
_LARGEST_HEADER: Final = 64 * 1024
_MEBIBYTE: Final = 1024 * 1024
_LIMITS: Final = Limits(
    memory_bytes=512 * _MEBIBYTE,
    object_bytes=LARGEST_MAIL + _MEBIBYTE,
    answer_bytes=64 * _MEBIBYTE,
    wall_seconds=120.0,
    idle_seconds=30.0,
)
_UID: Final = re.compile(rb"UID (\d+)")
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """``password`` is read anew for each look: it may be changed while the cart runs. ``days``: older mails are not looked at."""

    host: str
    port: int
    user: str
    password: Path
    folder: str = "INBOX"
    days: int = 60
    timeout: float = 30.0


class _Bounded(imaplib.IMAP4_SSL):
    """No literal larger than a mail may be, whatever the server announces (T5)."""

    def __init__(self, account: Account, context: ssl.SSLContext, server_name: str) -> None:
        self._server_name = server_name
        super().__init__(account.host, account.port, ssl_context=context, timeout=account.timeout)

    def _create_socket(self, timeout: float | None) -> Any:
        plain = imaplib.IMAP4._create_socket(self, timeout)  # type: ignore[attr-defined]  # noqa: SLF001 - it has no other way in
        return self.ssl_context.wrap_socket(plain, server_hostname=self._server_name or self.host)

    def read(self, size: int) -> bytes:
        if size > LARGEST_MAIL + _MEBIBYTE:
            raise imaplib.IMAP4.abort("a literal that is too large")
        return super().read(size)


class Mailbox:
    """The port Source. ``now`` is the wall clock. Raises Fault(SETTINGS) for certificates that cannot be used."""

    def __init__(
        self, name: str, account: Account, tls: Tls, now: Callable[[], dt.datetime], oids: Mapping[str, str] = NO_OIDS
    ) -> None:
        self.name = name
        self._oids = oids
        self._account = account
        self._identity = Identity(tls)
        self._now = now
        self._passed: set[str] = set()
        """Mails that are nothing to the cart, by folder and number: they are not fetched again while this process runs."""
        self._sandbox = Sandbox(("sync.record.letter_worker",), Letter, _LIMITS)

    async def look(self, waiting: Sequence[str], cursor: str) -> AsyncIterator[Came]:  # noqa: ARG002 - the mailbox itself knows
        mails = await asyncio.to_thread(self._fetch)
        for mark, data in mails:
            try:
                letter = await asyncio.to_thread(self._sandbox.read, data)
            except NotStarted as exc:
                raise Fault(Reason.DESTINATION_BUSY, "the reader of mails does not start", "it is tried again") from exc
            except Fault as fault:
                # it stays unread in the mailbox, where a person finds it
                log.warning("mail_not_read", reason=fault.reason.value, what=fault.what)
                self._passed.add(mark)
                continue
            if not letter.attached and not set(named(letter.names)) & set(waiting):
                self._passed.add(mark)
                continue
            for came in came_of(letter, mark, self._now()):
                yield came

    def reached(self) -> str:
        return ""

    def hers(self, came: Came, patient: Patient) -> bool:
        """Unless the metadata of an archive say somebody else: numbers of the sender's own are no contradiction."""
        return not about.contradicts(came.about, patient, self._oids)

    async def taken(self, came: Came) -> None:
        await asyncio.to_thread(self._seen, came.mark)

    def close(self) -> None:
        self._sandbox.close()

    # --- in a thread of its own

    @contextlib.contextmanager
    def _connected(self) -> Iterator[_Bounded]:
        """Signed in, the folder selected. Raises Fault."""
        account, who = self._account, f"the mailbox {self.name}"
        try:
            password = account.password.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            what = f"the password of {who} cannot be read: {exc.strerror if isinstance(exc, OSError) else 'it is no UTF-8'}"
            raise Fault(Reason.SETTINGS, what, "check `password_file` and who may read it") from exc
        try:
            server = _Bounded(account, self._identity.context(), self._identity.server_name)
        except OSError as exc:
            if (told := self._identity.refusal_in(exc, who)) is not None:
                raise told from exc
            raise Fault(Reason.DESTINATION_UNREACHABLE, f"{who} does not answer", "check the network") from exc
        except imaplib.IMAP4.error as exc:
            raise Fault(Reason.DESTINATION_UNREACHABLE, f"what answers for {who} is no IMAP server") from exc
        try:
            try:
                server.login(account.user, password)
            except imaplib.IMAP4.abort:
                raise
            except UnicodeEncodeError:
                # not the exception it comes from: that one holds the password
                what = f"the password of {who} has other letters than ASCII, which no LOGIN can say"
                raise Fault(Reason.SETTINGS, what, "give the mailbox a password of ASCII") from None
            except imaplib.IMAP4.error as exc:
                what = f"{who} does not admit this cart"
                raise Fault(Reason.DESTINATION_REFUSED, what, "check user and password") from exc
            if server.select(_quoted(account.folder))[0] != "OK":
                what = f"{who} has no folder {account.folder}"
                raise Fault(Reason.DESTINATION_REFUSED, what, "correct `folder` in the settings")
            yield server
        except (imaplib.IMAP4.error, OSError, ValueError) as exc:  # ValueError: a number of thousands of digits
            raise Fault(Reason.DESTINATION_BUSY, f"{who} broke off", "the cart goes on trying") from exc
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                server.logout()

    def _fetch(self) -> list[tuple[str, bytes]]:
        """(mark, mail), the oldest first: those that are not seen and were not looked at before."""
        since = (self._now() - dt.timedelta(days=self._account.days)).strftime("%d-%b-%Y")
        found: list[tuple[str, bytes]] = []
        with self._connected() as server:
            validity = _validity(server)
            _, told = server.uid("SEARCH", "UNSEEN", "SINCE", since)
            numbers = [one.decode("ascii") for one in (told[0] or b"").split() if one.isdigit()]
            # those that are nothing to the cart stay unread: however many they are, they hide none that comes after them
            new = [one for one in numbers if f"{validity}:{one}" not in self._passed]
            for number in new[:_MOST_HEADERS]:
                mark = f"{validity}:{number}"
                if _size_of(server, number) > LARGEST_MAIL:
                    log.warning("mail_not_read", reason=Reason.UNDECODABLE.value, what="a mail is too large")
                    self._passed.add(mark)
                    continue
                _, parts = server.uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST_MAIL + 1}>)")
                data = next((one[1] for one in parts if isinstance(one, tuple)), None)
                if data is not None:
                    found.append((mark, data))
                if len(found) == MOST_A_LOOK or sum(len(one) for _, one in found) > 2 * LARGEST_MAIL:
                    break
        return found

    def _seen(self, mark: str) -> None:
        validity, _, number = mark.partition(":")
        with self._connected() as server:
            if _validity(server) != validity:
                return  # the folder was made anew: the mail comes again and is known by its Message-ID
            server.uid("STORE", number, "+FLAGS", r"(\Seen)")


def came_of(letter: Letter, mark: str, now: dt.datetime) -> list[Came]:
    """What a letter says, one for each PDF; the words stand with the first."""
    given = dt.datetime.fromisoformat(letter.given) if letter.given else now
    author = Operator(letter.author or "-", letter.rpps)
    key = f"mail:{letter.message_id}"
    sheets = letter.sheets or (None,)
    return [
        Came(
            key=key if place == 0 else f"{key}#{place + 1}",
            origin=key if place == 0 else f"{key}#{place + 1}",
            names=letter.names,
            kind=AnswerKind.PRESCRIPTION if sheet is not None and sheet.prescription else AnswerKind.REPORT,
            author=author,
            given=given,
            text=letter.text if place == 0 else "",
            pdf=sheet.pdf if sheet is not None else None,
            mark=mark,
            about=letter.about,
        )
        for place, sheet in enumerate(sheets)
    ]


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _validity(server: _Bounded) -> str:
    _, told = server.response("UIDVALIDITY")
    return told[0].decode("ascii") if told and isinstance(told[0], bytes) else ""


def _size_of(server: _Bounded, number: str) -> int:
    _, told = server.uid("FETCH", number, "(RFC822.SIZE)")
    for one in told:
        if isinstance(one, bytes) and (match := _SIZE.search(one)):
            return int(match[1])
    return 0
