"""A real mailbox on loopback: Debian's dovecot with a certificate of its own, IMAP over TLS only. Needs no root."""

from __future__ import annotations

import contextlib
import email.message
import getpass
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.certificates import Authority

USER: Final = "borne@ehpad.example"
PASSWORD: Final = "invented and long"
_PATIENCE: Final = 60.0
"""Seconds."""

_CONFIGURATION: Final = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
first_valid_uid = 1
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = yes
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class MailboxHouse:
    """A context manager. ``authority`` signed its certificate, ``password`` is a file that holds the account's."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "certificates", "mail authority")
        self.password = folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.port = 0
        self._issued = self.authority.issue("localhost", "127.0.0.1")
        self._account = pwd.getpwnam("nobody" if os.getuid() == 0 else getpass.getuser())
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise RuntimeError("the tests of the mailbox need the Debian package dovecot-imapd")
        folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="mailbox-")))
        self._prepare(folder)
        process = subprocess.Popen(
            [program, "-F", "-c", str(folder / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **(
                {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
                if not os.getuid()
                else {}
            ),
        )
        self._held.callback(_end, process)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            try:
                with contextlib.closing(self.client()):
                    return self
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.1)
        log = folder / "dovecot.log"
        said = log.read_text() if log.exists() else "nothing"
        self._held.close()
        raise RuntimeError(f"dovecot did not start: {said}")

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self._held.close()

    def _prepare(self, folder: Path) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        account = self._account
        for name, source in (("certificate.pem", self._issued.certificate), ("key.pem", self._issued.key)):
            (folder / name).write_bytes(source.read_bytes())
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        (folder / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                folder=folder,
                account=account.pw_name,
                group=subprocess.run(
                    ["id", "-gn", account.pw_name], check=True, capture_output=True, text=True
                ).stdout.strip(),
                uid=account.pw_uid,
                gid=account.pw_gid,
                port=self.port,
            )
        )
        if os.getuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)

    def client(self) -> _Client:
        context = ssl.create_default_context(cafile=str(self.authority.file))
        client = _Client("127.0.0.1", self.port, ssl_context=context, timeout=20)
        client.login(USER, PASSWORD)
        return client

    def put(self, mail: email.message.EmailMessage | bytes) -> None:
        with contextlib.closing(self.client()) as client:
            content = mail if isinstance(mail, bytes) else mail.as_bytes()
            client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), content)

    def seen(self) -> list[bool]:
        """Of each mail in the inbox, in order, whether it is marked as seen."""
        with contextlib.closing(self.client()) as client:
            client.select("INBOX", readonly=True)
            _, told = client.fetch("1:*", "(FLAGS)")
            return [b"\\Seen" in one for one in told if isinstance(one, bytes)]


class _Client(imaplib.IMAP4_SSL):
    def close(self) -> tuple[str, list[bytes]]:  # type: ignore[override]
        self.logout()
        return "OK", []


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def mailbox(folder: Path) -> Iterator[MailboxHouse]:
    with MailboxHouse(folder) as house:
        yield house
