"""The site's mailbox as destination, of its settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from edge.domain.fault import Fault, Reason
from edge.domain.report import House
from edge.mailbox import Mailbox
from edge.mains.clock import SystemClock
from edge.mains.lines import is_loopback, tls_of
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.escalation_book import StoredEscalations
from edge.store.ledger import open_for_sync
from edge.store.thread import StoreThread
from sync.mail.escalation import Escalating
from sync.mail.mailbox import Account, Folder, MailboxDestination, Server
from sync.mail.message import Envelope
from sync.tls import Tls


def mailbox_of(end: Mailbox, house: House, tls: Tls | None) -> MailboxDestination:
    """Raises Fault(SETTINGS) where a password would go to another machine in the open."""
    folder = Folder(end.sent, end.imap_host, end.imap_port, "tls" if tls else "plain") if end.sent else None
    if folder is not None and folder.security == "plain" and not is_loopback(folder.host) and not end.plain:
        what = f"[[mailbox]] {end.name}: nothing would be encrypted on the way to {folder.host}"
        raise Fault(Reason.SETTINGS, what, 'write `security = "tls"` or "starttls"')
    return MailboxDestination(
        end.name,
        Server(end.host, end.port, end.security, end.patience),
        Envelope(end.sender, end.recipients),
        house,
        Account(end.user, end.password_file),
        tls,
        folder,
    )


ESCALATE_EVERY = 60.0
"""Seconds between looks at what nobody answered."""


def escalated(settings: Settings) -> Sequence[Mailbox]:
    """The [[mailbox]] that are told of requests that nobody answered. Raises Fault(SETTINGS) for a name that is none."""
    boxes = {end.name: end for end in settings.mailbox}
    for name in settings.answers.escalate:
        if name not in boxes:
            what = f"[answers] escalate names {name}, which is no [[mailbox]]"
            raise Fault(Reason.SETTINGS, what, "write the name of one, or leave it out")
    return [boxes[name] for name in dict.fromkeys(settings.answers.escalate)]


async def keep_escalating(settings: Settings, ends: Sequence[Mailbox], house: House) -> None:
    """Until cancelled, with a connection of its own."""
    clock = SystemClock()
    async with StoreThread(lambda: open_for_sync(places_of(settings))) as thread, asyncio.TaskGroup() as tasks:
        book = StoredEscalations(thread)
        for end in ends:
            mailer, envelope = mailbox_of(end, house, tls_of(end)), Envelope(end.sender, end.recipients)
            tasks.create_task(Escalating(book, mailer, envelope, house, clock.now, ESCALATE_EVERY).run())
