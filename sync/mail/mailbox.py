"""A site's secure mailbox (MSSanté) as destination: SMTP submission (RFC 6409, 8314), proof by IMAP where there is a folder for it.

A server that said 250 took charge of the message: it is SENT. Nothing in SMTP says that somebody has it. Where the site names a
folder in which its server keeps what was sent, or to which the mailbox copies, a message found there by its Message-ID with the
same bytes of attachments is RECEIVED; without such a folder it stays SENT, and the cart keeps what it is made of.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import email.parser
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from email import policy
from pathlib import Path
from typing import Final, Literal

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.measurement import DOCUMENTS, Kind
from edge.domain.ports import Outcome, Tell, tell_nobody
from edge.domain.report import House
from sync.mail import message
from sync.mail.message import Envelope
from sync.tls import Identity, Tls

Security = Literal["tls", "starttls", "plain"]

UNPROVEN: Final = "the mail server took it; nothing tells whether it was read, and no folder is named in which to look"
_UNPROVEN_AGAIN: Final = 3600.0
"""Seconds until it is said again."""
_HEAD: Final = 64 * 1024
"""Bytes of a message in which its own header ends."""
_BUSY_FROM, _REFUSED_FROM = 400, 500
_ABOUT_THE_CART: Final = frozenset({421, 450, 451, 452, 454, 530, 534, 535, 538})
"""Not about a message (RFC 5321, 4.2; RFC 4954, 6): when it is put right, all that waits may go."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """``user`` "" signs in nobody; ``password_file`` is read at each connection."""

    user: str = ""
    password_file: Path | None = None

    def password(self) -> str:
        """Raises Fault(DESTINATION_REFUSED) where it cannot be read."""
        try:
            return self.password_file.read_text("utf-8").strip("\r\n") if self.password_file else ""
        except (OSError, UnicodeDecodeError) as exc:
            what = "the password of the mailbox cannot be read: nothing is sent"
            raise Fault(Reason.DESTINATION_REFUSED, what, "check password_file in the settings") from exc


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """Where messages are handed in. ``patience`` in seconds."""

    host: str
    port: int
    security: Security
    patience: float = 30.0


@dataclasses.dataclass(frozen=True, slots=True)
class Folder:
    """Where a copy of what was handed in is looked for, over TLS unless the server is reached ``plain``."""

    name: str
    host: str
    port: int
    security: Literal["tls", "plain"] = "tls"


class MailboxDestination:
    """The port ``Destination``. Raises Fault(SETTINGS) for certificates that cannot be used."""

    kinds: frozenset[Kind] = DOCUMENTS

    def __init__(
        self,
        name: str,
        server: Server,
        envelope: Envelope,
        house: House,
        account: Account = Account(),
        tls: Tls | None = None,
        sent: Folder | None = None,
    ) -> None:
        self.name = name
        self._server = server
        self._envelope = envelope
        self._house = house
        self._account = account
        self._identity = Identity(tls) if tls else None
        self._sent = sent

    def freeze(self, item: Item) -> Body:
        return InMemory(message.build(item, self._house, self._envelope))

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        loop = asyncio.get_running_loop()

        def heard(outcome: Outcome) -> None:
            loop.call_soon_threadsafe(tell, outcome)

        return await asyncio.to_thread(self._send_all, objects, heard)

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        """Without a folder every one of them stays as it is, for as long as the drain leaves between two questions."""
        if self._sent is None:
            return [Outcome(one.item_id, Event.TRY_LATER, None, UNPROVEN, after=_UNPROVEN_AGAIN) for one in objects]
        return await asyncio.to_thread(self._prove_all, objects, self._sent)

    async def answer(self) -> None:
        """Returns where the mail server greets and lets us in. Raises Fault."""
        await asyncio.to_thread(self._greeted)

    async def examine(self) -> str:
        """The same, and whether the folder is there. Raises Fault."""
        await self.answer()
        how = self._identity.how if self._identity else "not encrypted"
        if self._sent is None:
            return f"the mailbox {self.name} takes mail; {how}; no folder proves what became of it"
        await asyncio.to_thread(self._looked_in, self._sent)
        return f"the mailbox {self.name} takes mail, and {self._sent.name} can be looked in; {how}"

    # --- handing in

    def _greeted(self) -> None:
        with self._translated(), self._connected() as smtp:
            smtp.noop()

    def _send_all(self, objects: Sequence[Frozen], tell: Tell) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            with self._translated(), self._connected() as smtp:
                for one in objects:
                    outcomes.append(self._hand_in(smtp, one))
                    tell(outcomes[-1])
        except Fault as fault:
            known = {outcome.item_id for outcome in outcomes}
            outcomes += [
                Outcome(one.item_id, Event.TRY_LATER, fault.reason, str(fault))
                for one in objects
                if one.item_id not in known
            ]
        return outcomes

    def _hand_in(self, smtp: smtplib.SMTP, one: Frozen) -> Outcome:
        """Raises what smtplib raises where the line breaks: then nobody knows, and the Message-ID tells a second copy."""
        try:
            content = one.content
        except Fault as fault:
            return Outcome.unread(one.item_id, fault)
        try:
            refused = smtp.sendmail(self._envelope.sender, list(self._envelope.recipients), content)
        except smtplib.SMTPRecipientsRefused as exc:
            return _refusal(one, *next(iter(exc.recipients.values())))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as exc:
            return _refusal(one, exc.smtp_code, exc.smtp_error)
        if refused:
            what = f"the mail server took it, and refused {len(refused)} of its recipients: check them in the settings"
            return Outcome(one.item_id, Event.ACCEPTED, None, what)
        return Outcome(one.item_id, Event.ACCEPTED)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Signed in, and never without TLS where that is asked for: a server that offers no STARTTLS gets nothing (T10)."""
        host, port, patience = self._server.host, self._server.port, self._server.patience
        if self._server.security == "tls":
            smtp: smtplib.SMTP = _Implicit(
                host, port, timeout=patience, context=self._context(), named=self._named(host)
            )
        else:
            smtp = _Upgraded(host, port, timeout=patience, named=self._named(host))
        try:
            if self._server.security == "starttls":
                smtp.starttls(context=self._context())
            if self._account.user:
                smtp.login(self._account.user, self._account.password())
            yield smtp
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()

    def _context(self) -> ssl.SSLContext:
        if self._identity is None:
            raise Fault(Reason.SETTINGS, "the mailbox has no TLS", "see [[mailbox]] in the settings")
        return self._identity.context()

    def _named(self, host: str) -> str:
        return (self._identity.server_name if self._identity else "") or host

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """What smtplib, imaplib and the line raise, as Faults."""
        who = f"the mail server of {self.name}"
        try:
            yield
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as exc:
            what = f"{who} does not let this cart in"
            raise Fault(Reason.DESTINATION_REFUSED, what, "check user, password and security in the settings") from exc
        except smtplib.SMTPConnectError as exc:
            raise Fault(Reason.DESTINATION_UNREACHABLE, f"{who} takes no connection now ({exc.smtp_code})") from exc
        except (smtplib.SMTPException, imaplib.IMAP4.error, OSError, EOFError) as exc:
            if self._identity is not None and (told := self._identity.refusal_in(exc, who)):
                raise told from exc
            what = f"{who} cannot be reached, or broke off: check the network; the cart goes on trying"
            raise Fault(Reason.DESTINATION_UNREACHABLE, what) from exc

    # --- looking

    def _prove_all(self, objects: Sequence[Frozen], folder: Folder) -> list[Outcome]:
        try:
            with self._translated(), self._opened(folder) as imap:
                return [_proof(imap, one) for one in objects]
        except Fault as fault:
            return [Outcome(one.item_id, Event.TRY_LATER, fault.reason, str(fault)) for one in objects]

    def _looked_in(self, folder: Folder) -> None:
        with self._translated(), self._opened(folder):
            pass

    @contextlib.contextmanager
    def _opened(self, folder: Folder) -> Iterator[imaplib.IMAP4]:
        """Read only. Raises Fault(DESTINATION_REFUSED) where nobody is let in, or there is no such folder."""
        patience = self._server.patience
        if folder.security == "plain":
            imap = imaplib.IMAP4(folder.host, folder.port, timeout=patience)
        else:
            imap = _Looking(folder.host, folder.port, self._context(), self._named(folder.host), patience)
        try:
            try:
                imap.login(_quoted(self._account.user), self._account.password())
            except imaplib.IMAP4.error as exc:
                what = f"the mailbox {self.name} does not let this cart look"
                raise Fault(Reason.DESTINATION_REFUSED, what, "check user and password in the settings") from exc
            done, _ = imap.select(_quoted(folder.name), readonly=True)
            if done != "OK":
                what = f"the mailbox {self.name} has no folder {folder.name}"
                raise Fault(Reason.DESTINATION_REFUSED, what, "check `sent` in the settings")
            yield imap
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                imap.logout()


class _Implicit(smtplib.SMTP_SSL):
    """Asks for the certificate of ``named``, which may be another one than the host by which it is reached."""

    def __init__(self, host: str, port: int, *, timeout: float, context: ssl.SSLContext, named: str) -> None:
        self._named = named
        super().__init__(host, port, timeout=timeout, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(socket.create_connection((host, port), timeout), server_hostname=self._named)


class _Upgraded(smtplib.SMTP):
    """The same after STARTTLS."""

    def __init__(self, host: str, port: int, *, timeout: float, named: str) -> None:
        super().__init__(host, port, timeout=timeout)
        self._host = named


class _Looking(imaplib.IMAP4_SSL):
    def __init__(self, host: str, port: int, context: ssl.SSLContext, named: str, timeout: float) -> None:
        self._named = named
        super().__init__(host, port, ssl_context=context, timeout=timeout)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = socket.create_connection((self.host, self.port), timeout)
        wrapped: ssl.SSLSocket = self.ssl_context.wrap_socket(plain, server_hostname=self._named)
        return wrapped


def _refusal(one: Frozen, code: int, _said: bytes | str) -> Outcome:
    """By the code alone: what a server says may repeat an address or a subject."""
    if code in _ABOUT_THE_CART or _BUSY_FROM <= code < _REFUSED_FROM:
        what = f"the mail server does not take it now (SMTP {code})"
        return Outcome(one.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)
    what = f"the mail server refused it (SMTP {code}): check sender and recipients, or ask its administrator"
    return Outcome(one.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)


def _quoted(said: str) -> str:
    """As RFC 3501 quotes."""
    return '"' + said.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _proof(imap: imaplib.IMAP4, one: Frozen) -> Outcome:
    """The folder has it where a message of its Message-ID has its attachments, byte by byte: servers add lines to the head."""
    try:
        ours = one.content
    except Fault as fault:
        return Outcome.unread(one.item_id, fault)
    name = str(email.parser.BytesHeaderParser(policy=policy.default).parsebytes(ours[:_HEAD])["Message-ID"]).strip()
    done, found = imap.search(None, "HEADER", "Message-ID", _quoted(name))
    numbers = found[0].split() if done == "OK" and found and found[0] else []
    if not numbers:
        # not NOT_HELD: it would be sent again, and people have a second message where others have the same object
        return Outcome(one.item_id, Event.TRY_LATER, None, "the folder of what was sent does not have it yet")
    done, answer = imap.fetch(numbers[-1].decode(), "(BODY.PEEK[])")
    theirs = next((part[1] for part in answer if isinstance(part, tuple)), b"") if done == "OK" else b""
    if _attached(theirs) != _attached(ours):
        what = "the mailbox holds another content under this name: have its administrator look at it"
        return Outcome(one.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
    return Outcome(one.item_id, Event.PROVEN)


def _attached(content: bytes) -> list[bytes]:
    parsed = email.parser.BytesParser(policy=policy.default).parsebytes(content)
    found = (part.get_payload(decode=True) for part in parsed.iter_attachments())
    return [one for one in found if isinstance(one, bytes)]
