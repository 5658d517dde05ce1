"""A real mail house on loopback: Debian's postfix takes mail over TLS from who signs in, Debian's dovecot keeps it and shows it by IMAP.

Both have queues, folders, ports and certificates of their own. Postfix needs root.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from imaplib import IMAP4_SSL
from pathlib import Path
from typing import Final

from tests import needs
from tests.certificates import Authority
from tests.servers import free_port

USER: Final = "borne@tilleuls.example"
PASSWORD: Final = "invented, and long"
DOCTOR: Final = "cabinet@example.org"
NOBODY: Final = "nobody@tilleuls.example"
"""Postfix knows no such mailbox."""
_PATIENCE: Final = 60.0
"""Seconds."""

_DOVECOT: Final = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = dovecot
default_login_user = dovecot
first_valid_uid = 1
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
service anvil {{
  chroot =
  # whoever guesses is not made to wait here
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""

_MAIN: Final = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.tilleuls.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
virtual_mailbox_domains = tilleuls.example, example.org
virtual_mailbox_maps = inline:{{ {user}=yes {doctor}=yes }}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
smtpd_tls_cert_file = {folder}/certificate.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_CAfile = {folder}/authority.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = yes
sender_bcc_maps = inline:{{ {user}={user} }}
maillog_file = /dev/stdout
smtpd_error_sleep_time = 0
message_size_limit = 40000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
notify_classes =
bounce_queue_lifetime = 0
"""

_MASTER: Final = """
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:{open} inet n - n - - smtpd -o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no
127.0.0.1:{mutual} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_tls_req_ccert=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class MailHouse:
    """``smtps`` takes mail over TLS, ``submission`` after STARTTLS, ``mutual`` from who shows a certificate of ``authority``,
    ``open`` without TLS; ``imaps`` shows it. What ``USER`` sends is in her own inbox too. ``password`` is a file."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "certificates", "mail authority")
        self.password = folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.smtps, self.submission, self.open, self.mutual, self.imaps, self._lmtp, self._auth = (
            free_port() for _ in range(7)
        )
        self.postfix: subprocess.Popen[bytes] | None = None
        self._folder = Path()

    @contextlib.contextmanager
    def running(self) -> Iterator[MailHouse]:
        needs.root()
        dovecot = needs.program("dovecot", "dovecot-imapd")
        needs.program("postfix", "postfix")
        with tempfile.TemporaryDirectory(prefix="mail-") as made, contextlib.ExitStack() as held:
            self._folder = folder = Path(made)
            folder.chmod(0o755)
            self._prepare(folder)
            held.enter_context(_running([dovecot, "-F", "-c", str(folder / "dovecot.conf")]))
            subprocess.run(["postfix", "-c", str(folder), "check"], check=True, capture_output=True, env=_environment())
            master = ["/usr/lib/postfix/sbin/master", "-c", str(folder), "-s"]
            self.postfix = held.enter_context(_running(master, MAIL_CONFIG=str(folder)))
            self._wait()
            yield self

    def _prepare(self, folder: Path) -> None:
        issued = self.authority.issue("localhost", "127.0.0.1")
        shutil.copy(issued.certificate, folder / "certificate.pem")
        shutil.copy(issued.key, folder / "key.pem")
        shutil.copy(self.authority.file, folder / "authority.pem")
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n{DOCTOR}:{{PLAIN}}{PASSWORD}\n")
        names = {
            "folder": folder,
            "user": USER,
            "doctor": DOCTOR,
            "smtps": self.smtps,
            "submission": self.submission,
            "open": self.open,
            "mutual": self.mutual,
            "imaps": self.imaps,
            "lmtp": self._lmtp,
            "auth": self._auth,
        }
        for file, text in (("dovecot.conf", _DOVECOT), ("main.cf", _MAIN), ("master.cf", _MASTER)):
            (folder / file).write_text(text.format(**names))
        for name, user in (("queue", "root"), ("data", "postfix"), ("mail", "nobody")):
            (folder / name).mkdir()
            owner = pwd.getpwnam(user)
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        (folder / "users").chmod(0o644)

    def _wait(self) -> None:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self.inbox(USER)
                for port in (self.smtps, self.submission):
                    with contextlib.closing(_socket(port)):
                        pass
            except (OSError, IMAP4_SSL.error) as exc:
                if time.monotonic() > until:
                    log = self._folder / "dovecot.log"
                    raise AssertionError(f"no mail house: {exc}: {log.read_text() if log.exists() else ''}") from exc
                time.sleep(0.1)
            else:
                return

    def inbox(self, user: str = DOCTOR) -> list[EmailMessage]:
        """Of who gets mail, the oldest first."""
        context = ssl.create_default_context(cafile=str(self.authority.file))
        imap = IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=context, timeout=20)
        try:
            imap.login(user, PASSWORD)
            imap.select("INBOX", readonly=True)
            _, found = imap.search(None, "ALL")
            return [_message(imap, number) for number in found[0].split()]
        finally:
            imap.logout()

    def wait_for(self, count: int, user: str = DOCTOR) -> list[EmailMessage]:
        until = time.monotonic() + _PATIENCE
        while len(found := self.inbox(user)) < count:
            assert time.monotonic() < until, f"{len(found)} of {count} messages came to {user}"
            time.sleep(0.1)
        return found


def _message(imap: IMAP4_SSL, number: bytes) -> EmailMessage:
    _, answer = imap.fetch(number.decode(), "(BODY.PEEK[])")
    content = next(part[1] for part in answer if isinstance(part, tuple))
    return message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]


def _socket(port: int):  # type: ignore[no-untyped-def]
    import socket

    return socket.create_connection(("127.0.0.1", port), 5)


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


@contextlib.contextmanager
def _running(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**_environment(), **environment}
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
