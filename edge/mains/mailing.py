"""The site's mailbox as destination, of its settings."""

from __future__ import annotations

from edge.domain.fault import Fault, Reason
from edge.domain.report import House
from edge.mailbox import Mailbox
from edge.mains.lines import is_loopback
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
